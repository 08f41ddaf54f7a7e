/**
 * Who may reach whom, written once: a table of groups, a table of flows between them, each with its reason. Everything
 * else is denied. Filtering is stateful (replies to an allowed connection pass) and happens where packets arrive; hosts
 * may start connections to anywhere.
 */

/** One machine, with all of its addresses. */
export interface Host {
  /** The name it has as a Kubernetes node or at the cloud. */
  readonly name: string;
  /** Single addresses, IPv4 and IPv6. */
  readonly addresses: readonly string[];
}

/** A role that hosts have, or a network of outsiders. A host may have several roles. */
export interface Group {
  /** Lower-case letters, digits and dashes, at most 24; platforms' names are made from it. */
  readonly name: string;
  /** For people; @default - the name */
  readonly title?: string;
  /** `hosts` are ours and are filtered; `networks` are outsiders (an office, a VPN, pods, health checkers). */
  readonly kind: 'hosts' | 'networks';
  /** CIDRs and single addresses, besides those of `hosts`. Empty where the platform knows members by reference. */
  readonly addresses: readonly string[];
  /** The machines, where they are known by name. */
  readonly hosts?: readonly Host[];
  /** Groups that may have the same hosts (stacked etcd: a host that is `api-servers` and `etcd`); holds both ways. */
  readonly sharesHostsWith?: readonly string[];
}

/** `icmp` is a ping (echo request, either family): errors and neighbour discovery pass always, or nothing works. */
export type Protocol = 'tcp' | 'udp' | 'sctp' | 'icmp' | 'ipip' | 'esp';

/** Ports of a protocol that has them (`from` is required, `to` defaults to it); the whole of one that has not. */
export interface PortRange {
  readonly protocol: Protocol;
  /** First port, 1 to 65535. */
  readonly from?: number;
  /** Last port. @default - the first */
  readonly to?: number;
}

/** Connections that are allowed. */
export interface Flow {
  /** Name of a group. */
  readonly from: string;
  /** Name of a group of hosts. */
  readonly to: string;
  readonly ports: readonly PortRange[];
  /** Why, for whoever reads the rule on the platform. */
  readonly reason: string;
  /** The page that documents it. */
  readonly source?: string;
}

/** A flow without which something stops working. */
export interface Requirement {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly PortRange[];
  /** What stops working, as a sentence. */
  readonly breaks: string;
}

/** A service that must not be reachable from everywhere. */
export interface Guarded {
  /** For messages: `SSH`, `etcd`. */
  readonly service: string;
  readonly ports: readonly PortRange[];
}

/** A reasoned, dated exception: everyone may reach this port of this group. */
export interface OpenExemption {
  readonly to: string;
  readonly port: number;
  readonly reason: string;
  /** The last day it is honoured (UTC), as `YYYY-MM-DD`. */
  readonly until: string;
}

export interface Intent {
  readonly groups: readonly Group[];
  readonly flows: readonly Flow[];
  /** Flows whose absence would cut the cluster, or its keepers, off. */
  readonly required: readonly Requirement[];
  /** Services that only a reasoned exemption opens to everyone. */
  readonly guarded: readonly Guarded[];
  /** @default - none */
  readonly exemptions?: readonly OpenExemption[];
}

/** One port (or a protocol without ports) at one time: what the model and the readers are asked about. */
export interface Packet {
  readonly src: string;
  readonly dst: string;
  readonly protocol: Protocol;
  /** Destination port, for protocols that have ports. */
  readonly port?: number;
}

export const withPorts: ReadonlySet<Protocol> = new Set(['tcp', 'udp', 'sctp']);

export function tcp(from: number, to: number = from): PortRange {
  return { protocol: 'tcp', from, to };
}

export function udp(from: number, to: number = from): PortRange {
  return { protocol: 'udp', from, to };
}

export const ping: PortRange = { protocol: 'icmp' };

/** `tcp 2379-2380`, `udp 8472`, `ipip`. */
export function formatPorts(ports: PortRange): string {
  if (ports.from === undefined) return ports.protocol;
  const last = ports.to ?? ports.from;
  return last === ports.from ? `${ports.protocol} ${ports.from}` : `${ports.protocol} ${ports.from}-${last}`;
}
