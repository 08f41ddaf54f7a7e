/** VPC firewall rules: the lowest priority number that matches decides, deny before allow; else ingress is denied. */

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

export function readGcp(resources: readonly Emitted[], world: World): Reaches {
  const rules = inputsOf(resources, 'gcp:compute/firewall:Firewall').map(({ inputs }) => inputs);
  for (const rule of rules) {
    refuse(!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(rule.name), `the name ${rule.name}`);
    refuse(new Set((rule.sourceRanges ?? []).map((range: string) => range.includes(':'))).size > 1, 'mixed families');
    refuse(
      (rule.sourceRanges ?? []).length + (rule.sourceTags ?? []).length === 0,
      'a rule without sources is for everyone',
    );
    for (const tag of [...rule.targetTags, ...(rule.sourceTags ?? [])]) refuse(tag.length > 63, `the tag ${tag}`);
  }
  refuse(new Set(rules.map(({ name }) => name)).size !== rules.length, 'a name twice');
  const tags = (address: string) => groupsAt(world, address).map((group) => `casemate-${group}`);
  return (packet) => {
    const matching = rules
      .filter(
        (rule) => rule.direction === 'INGRESS' && rule.targetTags.some((tag: string) => tags(packet.dst).includes(tag)),
      )
      .filter(
        (rule) =>
          (rule.sourceTags ?? []).some((tag: string) => tags(packet.src).includes(tag)) ||
          inside(rule.sourceRanges ?? [], packet.src),
      )
      .filter((rule) => (rule.allows ?? rule.denies).some((service: Json) => serves(service, packet)))
      // The default network's own rules are at 65534.
      .concat([{ priority: 65534, allows: [] }]);
    const first = Math.min(...matching.map(({ priority }) => priority));
    return matching.filter(({ priority }) => priority === first).every((rule) => rule.denies === undefined);
  };
}

function serves({ protocol, ports }: Json, packet: Packet): boolean {
  if (protocol === 'all') return true;
  const name = packet.protocol === 'icmp' && isV6(packet.dst) ? '58' : packet.protocol;
  if (protocol !== name) return false;
  return (
    ports === undefined ||
    ports.some((range: string) => {
      const [first, last = first] = range.split('-').map(Number);
      return packet.port !== undefined && packet.port >= (first ?? 0) && packet.port <= (last ?? 0);
    })
  );
}
