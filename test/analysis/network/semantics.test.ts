import fc from 'fast-check';
import { includesPort, Network, type Workload } from '../../../analysis';
import { loadText } from '../../../inventory';

/*
 * Held against the plainest reading of the API's documentation: is this one port allowed, asked rule by rule of the
 * generated manifests themselves.
 */

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly web: number;
}
interface Selector {
  readonly matchLabels?: Record<string, string>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}
interface Port {
  readonly port?: number | string;
  readonly endPort?: number;
  readonly protocol?: string;
}
interface Rule {
  readonly peers?: readonly Peer[];
  readonly ports?: readonly Port[];
}
interface Policy {
  readonly namespace: string;
  readonly podSelector: Selector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
interface World {
  readonly teams: Record<string, string>;
  readonly pods: readonly Pod[];
  readonly policies: readonly Policy[];
}

const label = fc.constantFrom('x', 'y');
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), label, { maxKeys: 2, noNullPrototype: true });
const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(label, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector: fc.Arbitrary<Selector> = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const namespaceSelector: fc.Arbitrary<Selector> = fc.oneof(
  fc.constant({}),
  fc.constantFrom('one', 'two').map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
  label.map((team) => ({ matchLabels: { team } })),
);
const peer: fc.Arbitrary<Peer> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector }),
  fc.record({ namespaceSelector, podSelector: selector }),
  fc.constant({ ipBlock: { cidr: '10.0.0.0/8' } }),
);
const port: fc.Arbitrary<Port> = fc.oneof(
  fc.record({ port: fc.constantFrom(1, 2, 3) }),
  fc.constantFrom<Port>({ port: 2, endPort: 4 }, { port: 'web' }, { protocol: 'UDP' }, { port: 2, protocol: 'UDP' }),
);
const rule: fc.Arbitrary<Rule> = fc.record(
  { peers: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const place = fc.constantFrom('one', 'two');
const world: fc.Arbitrary<World> = fc.record({
  teams: fc.dictionary(place, label, { noNullPrototype: true }),
  pods: fc
    .array(fc.record({ namespace: place, labels, web: fc.constantFrom(1, 3) }), { minLength: 2, maxLength: 5 })
    .map((pods) => pods.map((pod, index) => ({ ...pod, name: `p${index}` }))),
  policies: fc.array(
    fc.record(
      {
        namespace: place,
        podSelector: selector,
        policyTypes: fc.constantFrom<string[]>([], ['Ingress'], ['Egress'], ['Ingress', 'Egress']),
        ingress: fc.array(rule, { maxLength: 2 }),
        egress: fc.array(rule, { maxLength: 2 }),
      },
      { requiredKeys: ['namespace', 'podSelector'] },
    ),
    { maxLength: 5 },
  ),
});

function manifests({ teams, pods, policies }: World): string {
  const rules = (list: readonly Rule[] | undefined, key: string) =>
    list?.map(({ peers, ports }) => ({ [key]: peers, ports }));
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      ...Object.entries(teams).map(([name, team]) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { team } },
      })),
      ...pods.map(({ name, namespace, labels, web }) => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace },
        spec: {
          template: { metadata: { labels }, spec: { containers: [{ ports: [{ name: 'web', containerPort: web }] }] } },
        },
      })),
      ...policies.map(({ namespace, ingress, egress, ...spec }, index) => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: `policy${index}`, namespace },
        spec: { ...spec, ingress: rules(ingress, 'from'), egress: rules(egress, 'to') },
      })),
    ],
  });
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Record<string, string>): boolean {
  for (const [key, value] of Object.entries(matchLabels)) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of matchExpressions) {
    const has = key in labels;
    const isListed = has && values.includes(labels[key] ?? '');
    if (operator === 'In' && !isListed) return false;
    if (operator === 'NotIn' && isListed) return false;
    if (operator === 'Exists' && !has) return false;
    if (operator === 'DoesNotExist' && has) return false;
  }
  return true;
}

function restricts({ policyTypes, egress }: Policy, direction: 'Ingress' | 'Egress'): boolean {
  if (policyTypes !== undefined && policyTypes.length > 0) return policyTypes.includes(direction);
  return direction === 'Ingress' || (egress !== undefined && egress.length > 0);
}

function restricting(world: World, pod: Pod, direction: 'Ingress' | 'Egress'): Policy[] {
  return world.policies.filter(
    (policy) =>
      policy.namespace === pod.namespace && selects(policy.podSelector, pod.labels) && restricts(policy, direction),
  );
}

function sideAllows(world: World, direction: 'Ingress' | 'Egress', from: Pod, to: Pod, protocol: string, port: number) {
  const [subject, other] = direction === 'Ingress' ? [to, from] : [from, to];
  const policies = restricting(world, subject, direction);
  if (policies.length === 0) return true;
  for (const policy of policies) {
    for (const { peers, ports } of (direction === 'Ingress' ? policy.ingress : policy.egress) ?? []) {
      const isPeer =
        !peers?.length ||
        peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
          if (ipBlock !== undefined) return false;
          const team = world.teams[other.namespace];
          const namespaceLabels = { 'kubernetes.io/metadata.name': other.namespace, ...(team && { team }) };
          const inNamespace =
            namespaceSelector === undefined
              ? other.namespace === policy.namespace
              : selects(namespaceSelector, namespaceLabels);
          return inNamespace && (podSelector === undefined || selects(podSelector, other.labels));
        });
      const isPort =
        !ports?.length ||
        ports.some((given) => {
          if ((given.protocol ?? 'TCP') !== protocol) return false;
          if (given.port === undefined) return true;
          if (given.port === 'web') return port === to.web;
          return port >= Number(given.port) && port <= (given.endPort ?? Number(given.port));
        });
      if (isPeer && isPort) return true;
    }
  }
  return false;
}

const samples = ['TCP', 'UDP', 'SCTP'].flatMap((protocol) =>
  [1, 2, 3, 4, 5].map((port) => [protocol as 'TCP' | 'UDP' | 'SCTP', port] as const),
);

test('reach and flows say of every pair and port what the documentation says', () => {
  fc.assert(
    fc.property(world, (world) => {
      const network = new Network(loadText(manifests(world), 'world.json'));
      const flows = network.flows();
      const workloadOf = (pod: Pod): Workload => {
        const found = network.workloads.find(({ object }) => object.name === pod.name);
        if (found === undefined) throw new Error(`${pod.name} is missing`);
        return found;
      };
      for (const from of world.pods) {
        for (const to of world.pods) {
          const [source, destination] = [workloadOf(from), workloadOf(to)];
          const { ports } = network.reach(source, destination);
          const isFree = {
            source: restricting(world, from, 'Egress').length === 0,
            destination: restricting(world, to, 'Ingress').length === 0,
          };
          const listed = flows.filter(
            (flow) =>
              (flow.from === source || (flow.from.type === 'anyone' && isFree.source)) &&
              (flow.to === destination || (flow.to.type === 'anyone' && isFree.destination)),
          );
          for (const [protocol, port] of samples) {
            const expected =
              sideAllows(world, 'Egress', from, to, protocol, port) &&
              sideAllows(world, 'Ingress', from, to, protocol, port);
            expect(includesPort(ports, protocol, port)).toBe(expected);
            const isListed = listed.some(
              (flow) =>
                includesPort(flow.ports, protocol, port) ||
                flow.namedPorts.some((named) => named.protocol === protocol && port === to.web),
            );
            expect(isListed).toBe(expected);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
});
