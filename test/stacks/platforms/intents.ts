import fc from 'fast-check';
import {
  allows,
  type CheckedIntent,
  check,
  type Flow,
  type Group,
  type Packet,
  type Protocol,
} from '../../../stacks/firewall';
import { type AddressSet, formatAddress } from '../../../stacks/firewall/addresses';
import type { World } from '../readers/world';

/** A sound intent, the world it is about, and packets at its edges. */
export interface Case {
  readonly intent: CheckedIntent;
  readonly world: World;
  readonly packets: readonly Packet[];
}

export interface Limits {
  readonly protocols?: readonly Protocol[];
  /** Whether no two groups of networks have an address in common: Cilium takes an address for a pod's or an outsider's. */
  readonly apart?: boolean;
}

const roles = ['api-servers', 'etcd', 'nodes', 'workers'];
const outsiders = ['admins', 'clients', 'pods'];
const all: readonly Protocol[] = ['tcp', 'udp', 'sctp', 'icmp', 'ipip', 'esp'];

/** Networks that touch the hosts' own addresses, and one another, without holding a host. */
const networks = [
  '203.0.112.0/24',
  '203.0.113.8/29',
  '203.0.113.16/32',
  '203.0.113.17/32',
  '203.0.113.64/26',
  '198.51.100.7/32',
  '198.51.0.0/18',
  '2001:db8::10/124',
  '2001:db8::20/128',
  '2001:db8:1::/48',
  '2001:db8:0:1::/64',
];
const everyone = [['0.0.0.0/0'], ['::/0'], ['0.0.0.0/0', '::/0']];

const port = fc.oneof(
  fc.constantFrom(1, 22, 2379, 2380, 6443, 10250, 29999, 30000, 32767, 32768, 65535),
  fc.integer({ min: 1, max: 65535 }),
);

export function cases({ protocols = all, apart = false }: Limits = {}): fc.Arbitrary<Case> {
  const ports = fc
    .constantFrom(...protocols)
    .chain((protocol) =>
      ['tcp', 'udp', 'sctp'].includes(protocol)
        ? fc
            .tuple(port, fc.option(port))
            .map(([a, b]) => ({ protocol, from: Math.min(a, b ?? a), to: Math.max(a, b ?? a) }))
        : fc.constant({ protocol }),
    );
  const hosts = fc.array(
    fc.record({ families: fc.constantFrom([4], [6], [4, 6]), roles: fc.subarray(roles, { minLength: 1 }) }),
    { minLength: 1, maxLength: 6 },
  );
  const outside = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.subarray(networks, { minLength: 1, maxLength: 4 }) },
      ...(!apart ? [{ weight: 1, arbitrary: fc.constantFrom(...everyone) }] : []),
    ),
    { minLength: 1, maxLength: outsiders.length },
  );
  return fc
    .record({ hosts, outside })
    .map(({ hosts, outside }) => groupsOf(hosts, apart ? disjoint(outside) : outside))
    .chain(({ world, groups }) =>
      fc
        .array(
          fc.record({
            from: fc.constantFrom(...groups.map(({ name }) => name)),
            to: fc.constantFrom(...groups.filter(({ kind }) => kind === 'hosts').map(({ name }) => name)),
            ports: fc.array(ports, { minLength: 1, maxLength: 3 }),
            reason: fc.constantFrom('they need it', 'so it is', 'because of "quotes", \\ and ümlauts'),
          }),
          { maxLength: 6 },
        )
        .chain((flows: Flow[]) => {
          const intent = check({ groups, flows, required: [], guarded: [] });
          return fc
            .array(packets(intent, world, protocols), { minLength: 1, maxLength: 30 })
            .map((some) => ({ intent, world, packets: some }));
        }),
    );
}

/** Each network is left to the first group that has it. */
function disjoint(outside: readonly string[][]): string[][] {
  return outside
    .map((mine, index) => mine.filter((network) => !outside.slice(0, index).flat().includes(network)))
    .filter((mine) => mine.length > 0);
}

function groupsOf(hosts: readonly { families: readonly number[]; roles: string[] }[], outside: readonly string[][]) {
  const named = hosts.map(({ families, roles: mine }, index) => ({
    name: `host-${index + 1}`,
    addresses: families.map((family) =>
      family === 4 ? `203.0.113.${index}` : `2001:db8::${(10 + index).toString(16)}`,
    ),
    groups: mine,
  }));
  const groups: Group[] = [
    ...roles.flatMap((name): Group[] => {
      const mine = named.filter(({ groups: its }) => its.includes(name));
      return mine.length === 0
        ? []
        : [
            {
              name,
              kind: 'hosts',
              addresses: [],
              sharesHostsWith: roles,
              hosts: mine.map(({ groups: _, ...host }) => host),
            },
          ];
    }),
    ...outside.map((addresses, index): Group => ({ name: outsiders[index] as string, kind: 'networks', addresses })),
  ];
  return { world: { hosts: named }, groups };
}

/** Packets to a host, from and to the edges of what the intent names. */
function packets(intent: CheckedIntent, world: World, protocols: readonly Protocol[]): fc.Arbitrary<Packet> {
  const sources = [...edges(intent.groups.flatMap(({ addresses }) => addresses)), '192.0.2.1', '2001:db8:ffff::1'];
  const ranges = intent.rules.flatMap(({ ports }) => (ports === undefined ? [] : [ports]));
  const edgePorts = ranges
    .flatMap(({ from, to }) => [from - 1, from, to, to + 1])
    .filter((edge) => edge >= 1 && edge <= 65535);
  const used = intent.rules.map(({ protocol }) => protocol);
  const chosenPort =
    edgePorts.length === 0
      ? port
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...edgePorts) }, { weight: 1, arbitrary: port });
  const build = (src: string, dst: string, protocol: Protocol, chosen: number): Packet => ({
    src,
    dst,
    protocol,
    ...(['tcp', 'udp', 'sctp'].includes(protocol) && { port: chosen }),
  });
  const targets = world.hosts.flatMap(({ addresses }) => addresses);
  const anything = fc
    .tuple(fc.constantFrom(...targets), fc.constantFrom(...protocols, ...used, ...used), chosenPort)
    .chain(([dst, protocol, chosen]) =>
      fc.constantFrom(...sources.filter(sameFamily(dst))).map((src) => build(src, dst, protocol, chosen)),
    );
  const pairs = intent.rules.flatMap((rule) =>
    world.hosts
      .filter(({ groups }) => groups.includes(rule.to.name))
      .flatMap(({ addresses }) => addresses)
      .flatMap((dst) =>
        edges(rule.from.addresses)
          .filter(sameFamily(dst))
          .map((src) => ({ rule, src, dst })),
      ),
  );
  if (pairs.length === 0) return anything;
  const nearRules = fc
    .tuple(fc.constantFrom(...pairs), chosenPort, fc.boolean())
    .map(([{ rule, src, dst }, chosen, first]) =>
      build(src, dst, rule.protocol, first ? (rule.ports?.from ?? chosen) : chosen),
    );
  return fc.oneof(anything, nearRules);
}

function sameFamily(dst: string): (src: string) => boolean {
  return (src) => src.includes(':') === dst.includes(':');
}

/** First and last address of each range, and their neighbours outside it. */
function edges(set: AddressSet): string[] {
  return set.flatMap(({ family, from, to }) =>
    [from - 1n, from, to, to + 1n]
      .filter((value) => value >= 0n && value < 1n << (family === 4 ? 32n : 128n))
      .map((value) => formatAddress(family, value)),
  );
}

/** The property that every enforcer has: what its reader lets in is what the intent allows. */
export function agrees(
  arbitrary: fc.Arbitrary<Case>,
  read: (intent: CheckedIntent, world: World) => (packet: Packet) => boolean,
): void {
  const seen = { allowed: 0, denied: 0 };
  fc.assert(
    fc.property(arbitrary, ({ intent, world, packets: some }) => {
      const reaches = read(intent, world);
      for (const packet of some) {
        const expected = allows(intent, packet);
        seen[expected ? 'allowed' : 'denied']++;
        if (reaches(packet) !== expected)
          throw new Error(`${JSON.stringify(packet)} should ${expected ? 'arrive' : 'be stopped'}`);
      }
    }),
    { numRuns: 250 },
  );
  // Guards the generator: a property over packets that are all denied shows nothing.
  expect(seen.allowed).toBeGreaterThan(200);
  expect(seen.denied).toBeGreaterThan(200);
}
