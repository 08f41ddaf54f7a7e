import { ApiObject, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  exempt,
  HardenedNamespace,
  type HardenedNamespaceProps,
  KUBERNETES_CONTEXT,
  SecureDeployment,
} from '../../constructs';
import { at, cartProps, emptyChart, manifest, manifests } from './compose';

function namespaceWith(props: HardenedNamespaceProps) {
  const chart = emptyChart();
  new HardenedNamespace(chart, 'shop', props);
  return chart;
}

describe('Pod Security labels', () => {
  const labels = (chart: Chart) => at(manifest(chart, 'Namespace', 'shop'), 'metadata.labels');

  test('enforce, audit and warn restricted in a pinned version', () => {
    expect(labels(namespaceWith({}))).toEqual({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'v1.37',
      'pod-security.kubernetes.io/audit': 'restricted',
      'pod-security.kubernetes.io/audit-version': 'v1.37',
      'pod-security.kubernetes.io/warn': 'restricted',
      'pod-security.kubernetes.io/warn-version': 'v1.37',
    });
  });

  test('are each set on their own, and other labels stay', () => {
    const chart = namespaceWith({
      podSecurity: { enforce: 'baseline', version: 'v1.36' },
      metadata: { labels: { team: 'shop' } },
    });
    expect(labels(chart)).toMatchObject({
      team: 'shop',
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.36',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
  });

  test('follow the Kubernetes version of the context', () => {
    const chart = emptyChart();
    chart.node.setContext(KUBERNETES_CONTEXT, '1.35');
    new HardenedNamespace(chart, 'shop');
    expect(labels(chart)).toMatchObject({ 'pod-security.kubernetes.io/enforce-version': 'v1.35' });
  });
});

describe('network', () => {
  test('all pods are denied all traffic in both directions', () => {
    expect(manifest(namespaceWith({}), 'NetworkPolicy', 'default-deny').spec).toEqual({
      podSelector: {},
      policyTypes: ['Egress', 'Ingress'],
    });
  });

  const egress = (dns: HardenedNamespaceProps['dns']) =>
    at(manifest(namespaceWith(dns === undefined ? {} : { dns }), 'NetworkPolicy', 'allow-dns'), 'spec.egress');
  const kubeDns = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
    podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
  };
  const ports = (port: number) => [
    { port, protocol: 'UDP' },
    { port, protocol: 'TCP' },
  ];

  test('names are asked of kube-dns, over UDP and TCP', () => {
    expect(egress(undefined)).toEqual([{ to: [kubeDns], ports: ports(53) }]);
  });

  test('on OpenShift DNS pods listen on another port', () => {
    expect(egress('openshift')).toEqual([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
            podSelector: { matchLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
          },
        ],
        ports: ports(5353),
      },
    ]);
  });

  test('NodeLocal DNSCache is an address of the node, with kube-dns behind it', () => {
    expect(egress('nodelocal')).toEqual([
      { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: ports(53) },
      { to: [kubeDns], ports: ports(53) },
    ]);
  });

  test('DNS can be left closed', () => {
    expect(manifests(namespaceWith({ dns: false })).filter(({ kind }) => kind === 'NetworkPolicy')).toHaveLength(1);
  });
});

test('the default service account gets no token', () => {
  expect(manifest(namespaceWith({}), 'ServiceAccount', 'default')).toMatchObject({
    metadata: { namespace: 'shop' },
    automountServiceAccountToken: false,
  });
});

describe('quota and limits', () => {
  const props = { quota: { cpu: '8', memory: '16Gi', pods: 50 } };

  test('are both set, and the defaults of all pods together fit the quota', () => {
    const chart = namespaceWith(props);
    expect(at(manifest(chart, 'ResourceQuota', 'quota'), 'spec.hard')).toEqual({
      'limits.cpu': '8',
      'limits.memory': '16Gi',
      'requests.cpu': '8',
      'requests.memory': '16Gi',
      pods: '50',
    });
    expect(at(manifest(chart, 'LimitRange', 'limits'), 'spec.limits')).toEqual([
      {
        type: 'Container',
        default: { cpu: '160m', memory: '327Mi' },
        defaultRequest: { cpu: '80m', memory: '327Mi' },
        max: { cpu: '8', memory: '16Gi' },
      },
    ]);
  });

  test('either can be left out', () => {
    const kinds = (more: HardenedNamespaceProps) => manifests(namespaceWith(more)).map(({ kind }) => kind);
    expect(kinds({ ...props, limits: false })).toContain('ResourceQuota');
    expect(kinds({ ...props, limits: false })).not.toContain('LimitRange');
    expect(kinds({ quota: false })).not.toContain('ResourceQuota');
  });

  test('what cannot fit names construct, fields and amounts', () => {
    expect(() => namespaceWith({ ...props, limits: { default: { cpu: '9' } } })).toThrow(
      'test/shop: limits.default.cpu is 9, expected at most limits.max.cpu, which is 8',
    );
  });
});

describe('what is composed inside', () => {
  test('lands in the namespace, plain constructs and API objects too', () => {
    const chart = emptyChart();
    const shop = new HardenedNamespace(chart, 'shop');
    new SecureDeployment(shop, 'cart', cartProps);
    const plain = new kplus.ConfigMap(shop, 'flags', { data: { a: 'b' } });
    new ApiObject(plain, 'nested', { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' } });
    const namespaced = manifests(chart).filter(({ kind }) => kind !== 'Namespace');
    expect(namespaced.map((value) => at(value, 'metadata.namespace'))).toEqual(namespaced.map(() => 'shop'));
  });

  test('does not land there where it says another namespace, or belongs to none', () => {
    const chart = emptyChart();
    const shop = new HardenedNamespace(chart, 'shop');
    new kplus.ConfigMap(shop, 'elsewhere', { metadata: { name: 'elsewhere', namespace: 'kube-system' } });
    new kplus.ClusterRole(shop, 'role', { metadata: { name: 'role' } });
    expect(at(manifest(chart, 'ConfigMap', 'elsewhere'), 'metadata.namespace')).toBe('kube-system');
    expect(manifest(chart, 'ClusterRole', 'role').metadata).toEqual({ name: 'role' });
  });

  test('lands there even if the chart has a namespace of its own', () => {
    const chart = new Chart(emptyChart().node.root, 'other', { namespace: 'charts-own' });
    const shop = new HardenedNamespace(chart, 'shop');
    new kplus.ConfigMap(shop, 'inside', { metadata: { name: 'inside' } });
    new kplus.ConfigMap(chart, 'outside', { metadata: { name: 'outside' } });
    expect(at(manifest(chart, 'ConfigMap', 'inside'), 'metadata.namespace')).toBe('shop');
    expect(at(manifest(chart, 'ConfigMap', 'outside'), 'metadata.namespace')).toBe('charts-own');
    expect(at(manifest(chart, 'Namespace', 'shop'), 'metadata.namespace')).toBeUndefined();
  });
});

test('the name is the id, or what the metadata says', () => {
  const chart = emptyChart();
  new HardenedNamespace(chart, 'shop', { metadata: { name: 'shop-eu' } });
  expect(manifest(chart, 'Namespace', 'shop-eu')).toBeDefined();
  expect(() => new HardenedNamespace(chart, 'Shop EU')).toThrow(
    'test/Shop EU: the id "Shop EU" cannot be a name in Kubernetes: expected at most 63 lower case letters, digits and dashes; choose such an id, or set metadata.name',
  );
});

test('the labels can be exempted like anything else', () => {
  const chart = emptyChart();
  const shop = new HardenedNamespace(chart, 'shop', { podSecurity: { enforce: 'privileged' } });
  exempt(shop, 'pod-security-labels', { reason: 'runs node agents', until: '2099-01-01' });
  expect(at(manifest(chart, 'Namespace', 'shop'), 'metadata.labels')).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'privileged',
  });
});
