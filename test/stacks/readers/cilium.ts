/**
 * Host policies: a node that no policy selects is open. Labels of kubernetes.io are not part of a host's identity. CIDRs
 * match nodes (with `policyCIDRMatchMode: nodes`) and the world, and never pods.
 */

import {
  type Emitted,
  groupsAt,
  inputsOf,
  inside,
  isV6,
  type Json,
  type Packet,
  type Reaches,
  refuse,
  type World,
} from './world';

export function readCilium(resources: readonly Emitted[], world: World, pods: readonly string[]): Reaches {
  const policies = inputsOf(resources, 'kubernetes:apiextensions.k8s.io:CustomResource').map(({ inputs }) => inputs);
  for (const { kind, spec } of policies) {
    refuse(kind !== 'CiliumClusterwideNetworkPolicy', `kind ${kind}`);
    refuse(spec.endpointSelector !== undefined, 'a policy has a node selector or an endpoint selector');
    for (const rule of spec.ingress)
      for (const { ports } of rule.toPorts ?? []) refuse(ports.length > 40 || ports.length === 0, 'ports');
  }
  const selects = (policy: Json, address: string) => {
    const labels = new Set(groupsAt(world, address).map((group) => `casemate/${group}=true`));
    return Object.entries(policy.spec.nodeSelector.matchLabels).every(
      ([key, value]) => !/kubernetes\.io|k8s\.io/.test(key) && labels.has(`${key}=${value}`),
    );
  };
  return (packet) => {
    const mine = policies.filter((policy) => selects(policy, packet.dst));
    const enforced = mine.some(({ spec }) => spec.enableDefaultDeny?.ingress ?? spec.ingress.length > 0);
    return (
      !enforced ||
      mine.some(({ spec }) => spec.ingress.some((rule: Json) => peers(rule, packet.src, pods) && serves(rule, packet)))
    );
  };
}

function peers(rule: Json, src: string, pods: readonly string[]): boolean {
  const isPod = inside(pods, src);
  if (rule.fromEndpoints !== undefined)
    return (
      isPod && rule.fromEndpoints.every(({ matchExpressions: [expression] }: Json) => expression.operator === 'Exists')
    );
  if (rule.fromCIDR !== undefined) return !isPod && inside(rule.fromCIDR, src);
  // An empty rule only switches enforcement on.
  return false;
}

function serves(rule: Json, packet: Packet): boolean {
  if (rule.icmps !== undefined)
    return (
      packet.protocol === 'icmp' &&
      rule.icmps[0].fields.some(({ family, type }: Json) =>
        isV6(packet.dst) ? family === 'IPv6' && type === 128 : family === 'IPv4' && type === 8,
      )
    );
  return rule.toPorts[0].ports.some(({ port, endPort, protocol }: Json) => {
    const first = Number(port);
    return (
      protocol.toLowerCase() === packet.protocol &&
      packet.port !== undefined &&
      first <= packet.port &&
      packet.port <= (endPort ?? first)
    );
  });
}
