/**
 * Host endpoints: fail-safe ports first, then policies before translation (which end nothing by themselves), then the
 * others by order; an endpoint that none lets in is closed. A host without an endpoint is open.
 */

import { type Emitted, inside, isV6, type Json, type Packet, refuse } from './world';

const defaultFailsafe = [22, 179, 2379, 2380, 5473, 6443, 6666, 6667].map((port): Json => ({ protocol: 'tcp', port }));

export interface Arrival {
  /** Whether the packet ends at a pod, by a node port or by its own address. @default false */
  readonly toPod?: boolean;
  /** An address of the host that routes the packet on, where the destination is not a host. */
  readonly routedBy?: string;
}

export function readCalico(resources: readonly Emitted[]): (packet: Packet, arrival?: Arrival) => boolean {
  const objects = resources.map(({ inputs }) => inputs as Json);
  const endpoints = objects.filter(({ kind }) => kind === 'HostEndpoint');
  const policies = objects
    .filter(({ kind }) => kind === 'GlobalNetworkPolicy')
    .sort((a, b) => a.spec.order - b.spec.order || (a.metadata.name < b.metadata.name ? -1 : 1));
  const felix = objects.find(({ kind }) => kind === 'FelixConfiguration');
  const failsafe: Json[] = felix?.spec.failsafeInboundHostPorts ?? defaultFailsafe;
  for (const { spec } of policies)
    refuse(spec.preDNAT === true && spec.applyOnForward !== true, 'preDNAT needs applyOnForward');
  return (packet, { toPod = false, routedBy } = {}) => {
    const endpoint = endpoints.find(({ spec }) => spec.expectedIPs.includes(routedBy ?? packet.dst));
    if (endpoint === undefined) return true;
    if (
      failsafe.some(
        ({ protocol, port, net }) =>
          protocol === packet.protocol && port === packet.port && (net === undefined || inside([net], packet.src)),
      )
    )
      return true;
    const mine = policies.filter(({ spec }) => selects(spec.selector, endpoint.metadata.labels));
    const early = verdict(
      mine.filter(({ spec }) => spec.preDNAT === true),
      packet,
    );
    if (early === 'Deny') return false;
    // What is forwarded to a pod meets only policies that apply on forward.
    return (
      toPod ||
      verdict(
        mine.filter(({ spec }) => spec.preDNAT !== true),
        packet,
      ) === 'Allow'
    );
  };
}

function verdict(policies: readonly Json[], packet: Packet): string | undefined {
  return policies.flatMap(({ spec }) => spec.ingress).find((rule: Json) => matches(rule, packet))?.action;
}

function selects(selector: string, labels: Record<string, string>): boolean {
  return selector.split(' || ').some((term) => {
    const [, key] = /^has\(([\w./-]+)\)$/.exec(term) ?? [];
    refuse(key === undefined, `the selector ${selector}`);
    return Object.hasOwn(labels, key as string);
  });
}

function matches(rule: Json, packet: Packet): boolean {
  const v6 = isV6(packet.dst);
  if (rule.ipVersion !== undefined && (rule.ipVersion === 6) !== v6) return false;
  const names = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP', icmp: v6 ? 'ICMPv6' : 'ICMP', ipip: 4, esp: 50 };
  if (rule.protocol !== undefined && rule.protocol !== names[packet.protocol]) return false;
  if (rule.icmp !== undefined && rule.icmp.type !== (v6 ? 128 : 8)) return false;
  if (rule.source?.nets !== undefined && !inside(rule.source.nets, packet.src)) return false;
  if (rule.destination?.nets !== undefined && !inside(rule.destination.nets, packet.dst)) return false;
  const ports: (number | string)[] | undefined = rule.destination?.ports;
  return (
    ports === undefined ||
    ports.some((range) => {
      const [first, last = first] = String(range).split(':').map(Number);
      return packet.port !== undefined && packet.port >= (first ?? 0) && packet.port <= (last ?? 0);
    })
  );
}
