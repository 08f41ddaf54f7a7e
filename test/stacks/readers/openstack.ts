/** Neutron: what no rule of a port's security groups allows is denied; remote groups are the ports that carry them. */

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

export function readOpenstack(resources: readonly Emitted[], world: World): Reaches {
  const groups = inputsOf(resources, 'openstack:networking/secGroup:SecGroup');
  const rules = inputsOf(resources, 'openstack:networking/secGroupRule:SecGroupRule').map(({ inputs }) => inputs);
  for (const rule of rules) {
    refuse(rule.remoteGroupId !== undefined && rule.remoteIpPrefix !== undefined, 'two remotes');
    refuse(
      (rule.remoteIpPrefix ?? '').includes(':') && rule.ethertype !== 'IPv6',
      'an IPv6 network in a rule for IPv4',
    );
  }
  const key = (rule: Json) => JSON.stringify({ ...rule, description: '' });
  refuse(new Set(rules.map(key)).size !== rules.length, 'a rule twice');
  const carried = (address: string) =>
    groups
      .filter(({ inputs }) => groupsAt(world, address).some((group) => inputs.name === `casemate-${group}`))
      .map(({ name }) => name);
  return (packet) =>
    rules.some((rule) => {
      if (rule.direction !== 'ingress' || rule.ethertype !== (isV6(packet.dst) ? 'IPv6' : 'IPv4')) return false;
      if (!carried(packet.dst).includes(rule.securityGroupId.resource) || !serves(rule, packet)) return false;
      if (rule.remoteGroupId !== undefined) return carried(packet.src).includes(rule.remoteGroupId.resource);
      return rule.remoteIpPrefix === undefined || inside([rule.remoteIpPrefix], packet.src);
    });
}

function serves({ protocol, portRangeMin, portRangeMax }: Json, packet: Packet): boolean {
  if (protocol === undefined) return true;
  const v6 = isV6(packet.dst);
  const names = { tcp: 'tcp', udp: 'udp', sctp: 'sctp', esp: 'esp', ipip: '4', icmp: v6 ? 'ipv6-icmp' : 'icmp' };
  if (protocol !== names[packet.protocol]) return false;
  if (packet.protocol === 'icmp') return portRangeMin === (v6 ? 128 : 8) && portRangeMax === 0;
  if (packet.port === undefined) return true;
  return portRangeMin <= packet.port && packet.port <= portRangeMax;
}
