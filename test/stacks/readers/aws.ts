/** Security groups: what is not allowed is denied; rules of all groups of an interface add up. */

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

export function readAws(resources: readonly Emitted[], world: World): Reaches {
  const groups = inputsOf(resources, 'aws:ec2/securityGroup:SecurityGroup');
  const rules = inputsOf(resources, 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule');
  for (const { inputs } of [...groups, ...rules])
    refuse(!/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(inputs.description), 'a description');
  for (const { inputs } of rules)
    refuse(
      [inputs.cidrIpv4, inputs.cidrIpv6, inputs.referencedSecurityGroupId].filter((source) => source !== undefined)
        .length !== 1,
      'a rule has exactly one source',
    );
  const key = ({ inputs }: { inputs: Json }) => JSON.stringify({ ...inputs, description: '' });
  refuse(new Set(rules.map(key)).size !== rules.length, 'a rule twice');
  const attached = (address: string) =>
    groups
      .filter(({ inputs }) => groupsAt(world, address).some((group) => inputs.name === `casemate-${group}`))
      .map(({ name }) => name);
  return (packet) =>
    rules.some(({ inputs }) => {
      if (!attached(packet.dst).includes(inputs.securityGroupId.resource) || !serves(inputs, packet)) return false;
      if (inputs.cidrIpv4 !== undefined) return !isV6(packet.src) && inside([inputs.cidrIpv4], packet.src);
      if (inputs.cidrIpv6 !== undefined) return isV6(packet.src) && inside([inputs.cidrIpv6], packet.src);
      return attached(packet.src).includes(inputs.referencedSecurityGroupId.resource);
    });
}

function serves({ ipProtocol, fromPort, toPort }: Json, packet: Packet): boolean {
  const number = {
    tcp: 'tcp',
    udp: 'udp',
    sctp: '132',
    ipip: '4',
    esp: '50',
    icmp: isV6(packet.dst) ? 'icmpv6' : 'icmp',
  };
  if (ipProtocol === '-1') return true;
  if (ipProtocol !== number[packet.protocol]) return false;
  if (packet.protocol === 'icmp') return fromPort === -1 || fromPort === (isV6(packet.dst) ? 128 : 8);
  // Ports of any other protocol are not looked at.
  if (packet.protocol !== 'tcp' && packet.protocol !== 'udp') return true;
  return packet.port !== undefined && fromPort <= packet.port && packet.port <= toPort;
}
