import { allowedFlows, formatFlowPorts, formatPeer, formatPorts, Network, type Workload } from '../../../analysis';
import { loadText } from '../../../inventory';

interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly ports?: readonly object[];
  readonly sidecarPorts?: readonly object[];
  readonly hostNetwork?: boolean;
}

function deployment(name: string, options: PodOptions = {}): object {
  const { namespace = 'shop', labels = { app: name }, ports = [], sidecarPorts, hostNetwork } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      template: {
        metadata: { labels },
        spec: {
          hostNetwork,
          containers: [{ name: 'app', image: 'app', ports }],
          initContainers: sidecarPorts && [{ name: 'side', restartPolicy: 'Always', ports: sidecarPorts }],
        },
      },
    },
  };
}

function policy(spec: object, namespace = 'shop', name = 'policy'): object {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

function namespace(name: string, labels: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function inventoryOf(...objects: object[]) {
  return loadText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }), 'shop.json');
}

function named(network: Network, name: string): Workload {
  const workload = network.workloads.find(({ object }) => object.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  return workload;
}

/** The ports that pass from one workload to another, as text. */
function ports(objects: object[], from = 'a', to = 'b'): string {
  const network = new Network(inventoryOf(...objects));
  return formatPorts(network.reach(named(network, from), named(network, to)).ports);
}

const a = deployment('a');
const b = deployment('b');
const selectB = { podSelector: { matchLabels: { app: 'b' } } };
const fromA = { from: [{ podSelector: { matchLabels: { app: 'a' } } }] };

describe('what restricts a pod', () => {
  test('without policies everything passes', () => {
    expect(ports([a, b])).toBe('all ports');
  });

  test('a policy that selects the destination closes it but for its rules', () => {
    expect(ports([a, b, policy(selectB)])).toBe('no ports');
    expect(ports([a, b, policy({ ...selectB, ingress: [fromA] })])).toBe('all ports');
  });

  test('a policy that selects other pods restricts nothing', () => {
    expect(ports([a, b, policy({ podSelector: { matchLabels: { app: 'c' } } })])).toBe('all ports');
  });

  test('a policy of another namespace restricts nothing', () => {
    expect(ports([a, b, policy({ podSelector: {} }, 'other')])).toBe('all ports');
  });

  test('without policyTypes a policy restricts egress only where it has egress rules', () => {
    const select = { podSelector: { matchLabels: { app: 'a' } } };
    expect(ports([a, b, policy(select)])).toBe('all ports');
    expect(ports([a, b, policy({ ...select, egress: [] })])).toBe('all ports');
    expect(ports([a, b, policy({ ...select, egress: [{ ports: [{ port: 80 }] }] })])).toBe('80/TCP');
  });

  test('without policyTypes a policy that has egress rules alone denies all ingress', () => {
    expect(ports([a, b, policy({ ...selectB, egress: [{}] })])).toBe('no ports');
  });

  test('with policyTypes only those directions are restricted, and rules of others are ignored', () => {
    expect(ports([a, b, policy({ ...selectB, policyTypes: ['Egress'] })])).toBe('all ports');
    expect(ports([a, b, policy({ podSelector: {}, policyTypes: ['Egress'], ingress: [fromA] })])).toBe('no ports');
  });

  test('an absent podSelector selects every pod', () => {
    expect(ports([a, b, policy({})])).toBe('no ports');
  });

  test('no policy sees pods of the host network', () => {
    const onHost = { hostNetwork: true };
    expect(ports([a, deployment('b', onHost), policy({ podSelector: {} })])).toBe('all ports');
    expect(ports([deployment('a', onHost), b, policy({ ...selectB, ingress: [fromA] })])).toBe('no ports');
    expect(ports([deployment('a', onHost), b, policy({ ...selectB, ingress: [{}] })])).toBe('all ports');
  });

  test('a policy that the API server would refuse to read restricts nothing that it does not name', () => {
    expect(ports([a, b, policy({ podSelector: { matchLabels: { app: 1 } } })])).toBe('all ports');
    expect(ports([a, b, policy({ podSelector: { matchExpressions: [{ key: 'app', operator: 'Like' }] } })])).toBe(
      'all ports',
    );
  });

  test('a pod always reaches itself, the replicas of a workload only where policies let them', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop' }, spec: { containers: [] } };
    const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(ports([pod, denyAll], 'p', 'p')).toBe('all ports');
    expect(ports([a, denyAll], 'a', 'a')).toBe('no ports');
  });
});

describe('who is let in', () => {
  const ingress = (rule: object, ...others: object[]) =>
    ports([a, b, policy({ ...selectB, ingress: [rule] }), ...others]);

  test('everyone, where from is absent or empty', () => {
    expect(ingress({})).toBe('all ports');
    expect(ingress({ from: [] })).toBe('all ports');
  });

  test('nobody, where a peer names nothing', () => {
    expect(ingress({ from: [{}] })).toBe('no ports');
  });

  test('pods of the own namespace alone, where only a podSelector is given', () => {
    const rule = policy({ ...selectB, ingress: [{ from: [{ podSelector: {} }] }] });
    expect(ports([a, b, rule])).toBe('all ports');
    expect(ports([deployment('a', { namespace: 'other' }), b, rule])).toBe('no ports');
  });

  test('pods of the namespaces that a namespaceSelector selects, the own one no exception', () => {
    const rule = { from: [{ namespaceSelector: { matchLabels: { team: 'red' } } }] };
    expect(ingress(rule)).toBe('no ports');
    expect(ingress(rule, namespace('shop', { team: 'red' }))).toBe('all ports');
  });

  test('pods that both selectors of one peer select', () => {
    const rule = {
      from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'x' } } }],
    };
    expect(ingress(rule)).toBe('no ports');
  });

  test('a namespace has the label of its name, whether or not the inventory has the namespace', () => {
    const rule = { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] };
    expect(ingress(rule)).toBe('all ports');
    expect(ingress(rule, namespace('shop', { 'kubernetes.io/metadata.name': 'lie' }))).toBe('all ports');
  });

  test('no pod for an ipBlock, whose addresses manifests do not know', () => {
    expect(ingress({ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })).toBe('no ports');
  });

  test.each([
    [{ key: 'app', operator: 'In', values: ['a', 'x'] }, 'all ports'],
    [{ key: 'app', operator: 'In', values: [] }, 'no ports'],
    [{ key: 'app', operator: 'NotIn', values: ['a'] }, 'no ports'],
    [{ key: 'tier', operator: 'NotIn', values: ['a'] }, 'all ports'],
    [{ key: 'app', operator: 'Exists' }, 'all ports'],
    [{ key: 'tier', operator: 'Exists' }, 'no ports'],
    [{ key: 'app', operator: 'DoesNotExist' }, 'no ports'],
    [{ key: 'tier', operator: 'DoesNotExist' }, 'all ports'],
    [{ key: 'toString', operator: 'Exists' }, 'no ports'],
    [{ key: '__proto__', operator: 'Exists' }, 'no ports'],
  ])('the expression %j gives %s', (expression, expected) => {
    expect(ingress({ from: [{ podSelector: { matchExpressions: [expression] } }] })).toBe(expected);
  });
});

describe('through which ports', () => {
  const through = (list: unknown, to = b) => ports([a, to, policy({ ...selectB, ingress: [{ ports: list }] })]);

  test('all, where ports are absent or empty', () => {
    expect(through(undefined)).toBe('all ports');
    expect(through([])).toBe('all ports');
  });

  test('TCP, where no protocol is given', () => {
    expect(through([{ port: 80 }])).toBe('80/TCP');
  });

  test('all of a protocol, where no port is given', () => {
    expect(through([{ protocol: 'UDP' }])).toBe('all UDP ports');
  });

  test('up to and with endPort', () => {
    expect(through([{ port: 8000, endPort: 8010 }])).toBe('8000-8010/TCP');
  });

  test('the container port that has the name and the protocol at the destination', () => {
    const ports = [
      { name: 'web', containerPort: 8080 },
      { name: 'dns', containerPort: 5353, protocol: 'UDP' },
    ];
    expect(through([{ port: 'web' }], deployment('b', { ports }))).toBe('8080/TCP');
    expect(through([{ port: 'dns' }], deployment('b', { ports }))).toBe('no ports');
    expect(through([{ port: 'dns', protocol: 'UDP' }], deployment('b', { ports }))).toBe('5353/UDP');
    expect(through([{ port: 'web' }])).toBe('no ports');
  });

  test('named ports of sidecars count', () => {
    const sidecarPorts = [{ name: 'metrics', containerPort: 9090 }];
    expect(through([{ port: 'metrics' }], deployment('b', { sidecarPorts }))).toBe('9090/TCP');
  });

  test('an egress rule means the named port of the pod that is reached, not of the one that reaches', () => {
    const ports8080 = { ports: [{ name: 'web', containerPort: 8080 }] };
    const ports9090 = { ports: [{ name: 'web', containerPort: 9090 }] };
    const egress = policy({ podSelector: { matchLabels: { app: 'a' } }, egress: [{ ports: [{ port: 'web' }] }] });
    expect(ports([deployment('a', ports8080), deployment('b', ports9090), egress])).toBe('9090/TCP');
  });

  test('those that both sides allow', () => {
    const out = policy({
      podSelector: { matchLabels: { app: 'a' } },
      egress: [{ ports: [{ port: 80, endPort: 90 }] }],
    });
    const into = policy({ ...selectB, ingress: [{ ...fromA, ports: [{ port: 85, endPort: 99 }] }] });
    expect(ports([a, b, out, into])).toBe('85-90/TCP');
  });

  test('those that any of the policies allows', () => {
    const one = policy({ ...selectB, ingress: [{ ports: [{ port: 80 }] }] });
    const two = policy({ ...selectB, ingress: [{ ports: [{ port: 81, protocol: 'SCTP' }] }] });
    expect(ports([a, b, one, two])).toBe('80/TCP, 81/SCTP');
  });
});

describe('why a flow is allowed', () => {
  test('by the rules of both sides that give one of its ports, each with its place', () => {
    const inventory = inventoryOf(
      a,
      b,
      policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 53 }] }, {}] }, 'shop', 'out'),
      policy({ ...selectB, ingress: [{ ports: [{ port: 1 }] }, fromA] }, 'shop', 'in'),
      policy({ ...selectB, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }, 'shop', 'block'),
    );
    const network = new Network(inventory);
    const { because } = network.reach(named(network, 'a'), named(network, 'b'));
    const rules = (list: typeof because.egress) => list.map(({ policy, path }) => [policy.name, path.join('.')]);
    expect(rules(because.egress)).toEqual([
      ['out', 'spec.egress.0'],
      ['out', 'spec.egress.1'],
    ]);
    expect(rules(because.ingress)).toEqual([
      ['in', 'spec.ingress.0'],
      ['in', 'spec.ingress.1'],
    ]);
    const [, second] = because.ingress;
    expect(second && inventory.locate(second.policy, second.path)).toBeDefined();
  });

  test('a rule that gives none of the ports is no reason', () => {
    const network = new Network(
      inventoryOf(
        a,
        b,
        policy({
          podSelector: { matchLabels: { app: 'a' } },
          egress: [{ ports: [{ port: 99 }] }, { ports: [{ port: 53 }] }],
        }),
        policy({ ...selectB, ingress: [{ ports: [{ port: 80 }] }, { ports: [{ port: 53 }] }] }),
      ),
    );
    const { because } = network.reach(named(network, 'a'), named(network, 'b'));
    expect(because.egress.map(({ path }) => path.at(-1))).toEqual([1]);
    expect(because.ingress.map(({ path }) => path.at(-1))).toEqual([1]);
  });
});

describe('allowedFlows', () => {
  const flows = (...objects: object[]) =>
    allowedFlows(inventoryOf(...objects)).map(
      (flow) => `${formatPeer(flow.from)} -> ${formatPeer(flow.to)} ${formatFlowPorts(flow)}`,
    );
  const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'shop', 'deny-all');

  test('sums up what nothing restricts', () => {
    expect(flows(a, b)).toEqual([
      'anyone -> shop/a all ports',
      'anyone -> shop/b all ports',
      'shop/a -> anyone all ports',
      'shop/b -> anyone all ports',
    ]);
  });

  test('is empty where everything is denied', () => {
    expect(flows(a, b, denyAll)).toEqual([]);
  });

  test('lists a pair once where both sides open it', () => {
    const out = policy({
      podSelector: { matchLabels: { app: 'a' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { app: 'b' } } }], ports: [{ port: 7070 }] }],
    });
    const into = policy({ ...selectB, ingress: [{ ...fromA, ports: [{ port: 7070 }] }] });
    expect(flows(a, b, denyAll, out, into)).toEqual(['shop/a -> shop/b 7070/TCP']);
    expect(flows(a, b, denyAll, out)).toEqual([]);
  });

  test('lists pods that could exist where a rule names more than workloads that are there', () => {
    const dns = policy({
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
              podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
            },
          ],
          ports: [{ port: 53, protocol: 'UDP' }, { port: 'dns-tcp' }],
        },
      ],
    });
    expect(flows(a, denyAll, dns)).toEqual([
      'shop/a -> pods k8s-app=kube-dns in namespace kube-system 53/UDP, dns-tcp/TCP',
    ]);
    expect(flows(b, denyAll, policy({ ...selectB, ingress: [{ from: [{ namespaceSelector: {} }] }] }))).toEqual([
      'any pod in any namespace -> shop/b all ports',
    ]);
    expect(flows(b, denyAll, policy({ ...selectB, ingress: [{ from: [{ podSelector: {} }] }] }))).toEqual([
      'any pod in namespace shop -> shop/b all ports',
    ]);
  });

  test('lists addresses with their exceptions, and everyone where a rule names nobody', () => {
    const world = { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] };
    expect(
      flows(
        a,
        policy({
          podSelector: {},
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ ports: [{ port: 8080 }] }],
          egress: [{ to: [{ ipBlock: world }], ports: [{ port: 443 }] }],
        }),
      ),
    ).toEqual(['anyone -> shop/a 8080/TCP', 'shop/a -> 0.0.0.0/0 except 169.254.169.254/32 443/TCP']);
  });

  test('lists a pair of an open and a restricted workload where a rule names the open one', () => {
    const open = deployment('open', { namespace: 'other' });
    const rule = {
      from: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } },
          podSelector: { matchLabels: { app: 'open' } },
        },
      ],
      ports: [{ port: 80 }],
    };
    expect(flows(b, open, policy({ ...selectB, policyTypes: ['Ingress', 'Egress'], ingress: [rule] }))).toEqual([
      'anyone -> other/open all ports',
      'other/open -> anyone all ports',
      'other/open -> shop/b 80/TCP',
    ]);
  });

  test('of one workload are those of all in which it takes part, and the pairs that anyone stands for', () => {
    const network = new Network(inventoryOf(a, b, policy({ ...selectB, ingress: [{ ports: [{ port: 80 }] }] })));
    const text = network
      .flowsOf(named(network, 'a'))
      .map((flow) => `${formatPeer(flow.from)} -> ${formatPeer(flow.to)} ${formatFlowPorts(flow)}`);
    expect(text).toEqual(['anyone -> shop/a all ports', 'shop/a -> anyone all ports', 'shop/a -> shop/b 80/TCP']);
  });

  test('cost what policies allow, not the square of the workloads', () => {
    const objects = Array.from({ length: 3000 }, (_, n) => [
      deployment(`w${n}`, { namespace: `n${n % 100}` }),
      policy({ podSelector: { matchLabels: { app: `w${n}` } }, policyTypes: ['Ingress', 'Egress'] }, `n${n % 100}`),
    ]).flat();
    expect(flows(...objects)).toEqual([]);
  });
});

test('a label that is no text is in no pair that a policy selects, whatever it is', () => {
  const labels = { app: { toString: 1 }, tier: 5 } as never;
  const objects = [deployment('cart', { labels }), policyFor({ matchLabels: { tier: '5' } })];
  const network = new Network(loadText(objects.map((object) => JSON.stringify(object)).join('\n'), 'x.json'));
  expect(network.workloads.map((workload) => network.isolation(workload).ingress)).toEqual([[]]);
});

function policyFor(podSelector: object): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'policy', namespace: 'shop' },
    spec: { podSelector, policyTypes: ['Ingress'] },
  };
}
