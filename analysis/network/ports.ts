/** The protocols that a NetworkPolicy can name. */
export const protocols = ['TCP', 'UDP', 'SCTP'] as const;
export type Protocol = (typeof protocols)[number];

/** Ports from the first to the second, both included. */
export type Interval = readonly [from: number, to: number];

/** Ascending, and neither overlapping nor touching: equal sets are equal lists. */
export type Intervals = readonly Interval[];

/** Ports by protocol. With all ports of all protocols, traffic without ports (ICMP) is allowed as well. */
export type PortSet = Readonly<Record<Protocol, Intervals>>;

const FIRST = 1;
const LAST = 65535;
const full: Intervals = [[FIRST, LAST]];

export const noPorts: PortSet = { TCP: [], UDP: [], SCTP: [] };
export const allPorts: PortSet = { TCP: full, UDP: full, SCTP: full };

/** The ports of one protocol from `from` to `to`, both included; those that do not exist are left out. */
export function portRange(protocol: Protocol, from: number, to: number): PortSet {
  const first = Math.max(from, FIRST);
  const last = Math.min(to, LAST);
  return first > last ? noPorts : { ...noPorts, [protocol]: [[first, last]] };
}

/** All ports of one protocol. */
export function allOf(protocol: Protocol): PortSet {
  return { ...noPorts, [protocol]: full };
}

/** What is in either set. */
export function unite(a: PortSet, b: PortSet): PortSet {
  return byProtocol((protocol) => uniteIntervals(a[protocol], b[protocol]));
}

/** What is in both sets. */
export function intersect(a: PortSet, b: PortSet): PortSet {
  return byProtocol((protocol) => intersectIntervals(a[protocol], b[protocol]));
}

export function isEmpty(set: PortSet): boolean {
  return protocols.every((protocol) => set[protocol].length === 0);
}

export function includesPort(set: PortSet, protocol: Protocol, port: number): boolean {
  return set[protocol].some(([from, to]) => from <= port && port <= to);
}

/** Writes a set as people do: `7070/TCP`, `8000-8100/TCP, 53/UDP`, `all UDP ports`, `all ports`. */
export function formatPorts(set: PortSet): string {
  if (protocols.every((protocol) => isFull(set[protocol]))) return 'all ports';
  const parts = protocols.flatMap((protocol) =>
    isFull(set[protocol])
      ? [`all ${protocol} ports`]
      : set[protocol].map(([from, to]) => `${from === to ? from : `${from}-${to}`}/${protocol}`),
  );
  return parts.length === 0 ? 'no ports' : parts.join(', ');
}

function isFull(intervals: Intervals): boolean {
  const [first] = intervals;
  return first !== undefined && first[0] === FIRST && first[1] === LAST;
}

function byProtocol(make: (protocol: Protocol) => Intervals): PortSet {
  return { TCP: make('TCP'), UDP: make('UDP'), SCTP: make('SCTP') };
}

function uniteIntervals(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result: [number, number][] = [];
  for (const [from, to] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

function intersectIntervals(a: Intervals, b: Intervals): Intervals {
  return a.flatMap(([aFrom, aTo]) =>
    b.flatMap(([bFrom, bTo]): Intervals => {
      const from = Math.max(aFrom, bFrom);
      const to = Math.min(aTo, bTo);
      return from <= to ? [[from, to]] : [];
    }),
  );
}
