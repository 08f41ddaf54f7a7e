import * as kplus from 'cdk8s-plus-27';
import { HardenedNamespace, SecureDeployment, SecureStatefulSet } from '../../constructs';
import { at, cartProps, emptyChart, manifest, manifests } from './compose';

function shopWith() {
  const chart = emptyChart();
  const shop = new HardenedNamespace(chart, 'shop');
  const cart = new SecureDeployment(shop, 'cart', cartProps);
  const redis = new SecureStatefulSet(shop, 'redis', { ...cartProps, image: 'redis:8', port: 6379 });
  return { chart, shop, cart, redis };
}

const pods = (namespace: string, name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
});

function rules(chart: ReturnType<typeof emptyChart>, name: string) {
  const { egress, ingress } = manifest(chart, 'NetworkPolicy', name).spec as Record<string, unknown>;
  return { egress, ingress };
}

test('nothing is open to begin with', () => {
  const { chart } = shopWith();
  expect(manifest(chart, 'NetworkPolicy', 'cart').spec).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cart' } },
    policyTypes: ['Egress', 'Ingress'],
  });
});

test('allowTo opens one flow on both sides, to the port of the destination', () => {
  const { chart, cart, redis } = shopWith();
  cart.connections.allowTo(redis);
  const ports = [{ port: 6379, protocol: 'TCP' }];
  expect(rules(chart, 'cart')).toEqual({ egress: [{ to: [pods('shop', 'redis')], ports }] });
  expect(rules(chart, 'redis')).toEqual({ ingress: [{ from: [pods('shop', 'cart')], ports }] });
});

test('allowFrom opens the same flow from the other end', () => {
  const first = shopWith();
  first.cart.connections.allowTo(first.redis);
  const second = shopWith();
  second.redis.connections.allowFrom(second.cart);
  expect(manifests(second.chart)).toEqual(manifests(first.chart));
});

test('calling it twice, or from both ends, changes nothing', () => {
  const { chart, cart, redis } = shopWith();
  cart.connections.allowTo(redis);
  const once = manifests(chart);
  cart.connections.allowTo(redis);
  redis.connections.allowFrom(cart);
  expect(manifests(chart)).toEqual(once);
});

test('a workload has one policy, however many flows there are', () => {
  const { chart, shop, cart, redis } = shopWith();
  const other = new SecureDeployment(shop, 'other', cartProps);
  cart.connections.allowTo(redis);
  cart.connections.allowTo(other);
  cart.connections.allowFrom(other);
  const policies = manifests(chart).filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.map((policy) => at(policy, 'metadata.name')).sort()).toEqual([
    'allow-dns',
    'cart',
    'default-deny',
    'other',
    'redis',
  ]);
});

describe('ports', () => {
  const named = () => {
    const chart = emptyChart();
    const shop = new HardenedNamespace(chart, 'shop');
    const cart = new SecureDeployment(shop, 'cart', cartProps);
    const { port: _, ...rest } = cartProps;
    const ports = [
      { number: 8080, name: 'http' },
      { number: 53, name: 'dns', protocol: kplus.Protocol.UDP },
    ];
    return { chart, cart, web: new SecureDeployment(shop, 'web', { ...rest, ports }) };
  };

  test('are all that the destination declares, with their protocols', () => {
    const { chart, cart, web } = named();
    cart.connections.allowTo(web);
    expect(at(rules(chart, 'cart'), 'egress.0.ports')).toEqual([
      { port: 8080, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ]);
  });

  test('can be chosen by name, number, or as cdk8s-plus says them', () => {
    const { chart, cart, web } = named();
    cart.connections.allowTo(web, { ports: ['dns', 8080, kplus.NetworkPolicyPort.tcpRange(9000, 9010)] });
    expect(at(rules(chart, 'web'), 'ingress.0.ports')).toEqual([
      { port: 53, protocol: 'UDP' },
      { port: 8080, protocol: 'TCP' },
      { port: 9000, endPort: 9010, protocol: 'TCP' },
    ]);
  });

  test('of unknown name, or not known at all, are an error', () => {
    const { chart, cart, web } = named();
    expect(() => cart.connections.allowTo(web, { ports: ['grpc'] })).toThrow(
      'test/shop/cart: connections: port is "grpc", expected the name of a port of test/shop/web (http, dns), or a number',
    );
    const some = kplus.Pods.select(chart, 'some', { labels: { app: 'some' } });
    expect(() => cart.connections.allowTo(some)).toThrow(
      'test/shop/cart: connections: test/some declares no port, and all ports would be too many; name them, as in { ports: [443] }',
    );
  });
});

describe('peers', () => {
  test('of another namespace are found by its name', () => {
    const { chart, cart } = shopWith();
    const bank = new SecureDeployment(new HardenedNamespace(chart, 'bank'), 'ledger', cartProps);
    cart.connections.allowTo(bank);
    expect(at(rules(chart, 'cart'), 'egress.0.to')).toEqual([pods('bank', 'ledger')]);
    expect(at(rules(chart, 'ledger'), 'ingress.0.from')).toEqual([pods('shop', 'cart')]);
    expect(at(manifest(chart, 'NetworkPolicy', 'ledger'), 'metadata.namespace')).toBe('bank');
  });

  test('of plain cdk8s-plus get one policy for all that they receive, in their own namespace', () => {
    const { chart, shop, cart, redis } = shopWith();
    const bank = new HardenedNamespace(chart, 'bank');
    const plain = new kplus.Deployment(bank, 'plain', { containers: [{ image: 'plain:1', portNumber: 80 }] });
    const labels = { [kplus.Pod.ADDRESS_LABEL]: plain.podMetadata.getLabel(kplus.Pod.ADDRESS_LABEL) };
    cart.connections.allowTo(plain);
    redis.connections.allowTo(plain);
    cart.connections.allowTo(plain);
    const plainPods = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bank' } },
      podSelector: { matchLabels: labels },
    };
    expect(at(rules(chart, 'cart'), 'egress.0.to')).toEqual([plainPods]);
    const theirs = manifests(chart).filter(
      (value) => value.kind === 'NetworkPolicy' && at(value, 'spec.podSelector.matchLabels') !== undefined,
    );
    const [policy, ...more] = theirs.filter(
      (value) => JSON.stringify(at(value, 'spec.podSelector.matchLabels')) === JSON.stringify(labels),
    );
    expect(more).toEqual([]);
    expect(at(policy, 'metadata.namespace')).toBe('bank');
    expect(at(policy, 'spec.policyTypes')).toEqual(['Ingress']);
    expect(at(policy, 'spec.ingress')).toEqual([
      { from: [pods('shop', 'cart')], ports: [{ port: 80, protocol: 'TCP' }] },
      { from: [pods('shop', 'redis')], ports: [{ port: 80, protocol: 'TCP' }] },
    ]);
    expect(shop.name).toBe('shop');
  });

  test('chosen by labels of namespaces can be opened on this side only', () => {
    const { chart, cart } = shopWith();
    const monitoring = kplus.Pods.select(chart, 'monitoring', {
      namespaces: kplus.Namespaces.select(chart, 'tooling', { labels: { purpose: 'tooling' } }),
    });
    expect(() => cart.connections.allowFrom(monitoring)).toThrow(
      'test/shop/cart: connections cannot open the side of test/monitoring, whose namespaces are chosen by labels',
    );
    cart.connections.allowFrom(monitoring, { isolation: kplus.PodConnectionsIsolation.POD });
    expect(at(rules(chart, 'cart'), 'ingress.0.from')).toEqual([
      { namespaceSelector: { matchLabels: { purpose: 'tooling' } }, podSelector: {} },
    ]);
  });

  test('that somebody else runs are opened on this side only', () => {
    const { chart, cart } = shopWith();
    const controller = { namespace: 'ingress-nginx', labels: { 'app.kubernetes.io/name': 'ingress-nginx' } };
    cart.connections.allowFromPods(controller);
    cart.connections.allowFromPods(controller);
    cart.connections.allowToPods({ namespace: 'vault' }, { ports: [8200] });
    expect(rules(chart, 'cart')).toEqual({
      ingress: [{ from: [pods('ingress-nginx', 'ingress-nginx')], ports: [{ port: 7070, protocol: 'TCP' }] }],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'vault' } }, podSelector: {} }],
          ports: [{ port: 8200, protocol: 'TCP' }],
        },
      ],
    });
    expect(manifests(chart).filter((value) => at(value, 'metadata.namespace') === 'ingress-nginx')).toEqual([]);
  });

  test('may be addresses', () => {
    const { chart, cart } = shopWith();
    cart.connections.allowToCidr('203.0.113.0/24', { ports: [443], except: ['203.0.113.7/32'] });
    cart.connections.allowToCidr('203.0.113.0/24', { ports: [443], except: ['203.0.113.7/32'] });
    cart.connections.allowFromCidr('2001:db8::/32');
    expect(rules(chart, 'cart')).toEqual({
      egress: [
        {
          to: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.7/32'] } }],
          ports: [{ port: 443, protocol: 'TCP' }],
        },
      ],
      ingress: [{ from: [{ ipBlock: { cidr: '2001:db8::/32' } }], ports: [{ port: 7070, protocol: 'TCP' }] }],
    });
    expect(() => cart.connections.allowToCidr('203.0.113.1', { ports: [443] })).toThrow(/CIDR mask is missing/);
  });
});

test('one side can be opened alone', () => {
  const { chart, cart, redis } = shopWith();
  cart.connections.allowTo(redis, { isolation: kplus.PodConnectionsIsolation.PEER });
  expect(rules(chart, 'cart')).toEqual({});
  expect(at(rules(chart, 'redis'), 'ingress')).toHaveLength(1);
});

test('outside of a hardened namespace the own policy lets names be resolved', () => {
  const chart = emptyChart();
  new SecureDeployment(chart, 'cart', cartProps);
  expect(at(rules(chart, 'cart'), 'egress.0.to.0.podSelector.matchLabels')).toEqual({ 'k8s-app': 'kube-dns' });
});
