/** A network security group: rules in the order of priority, then the defaults, which let the virtual network in. */

import {
  type Emitted,
  groupsAt,
  inputsOf,
  inside,
  type Json,
  type Packet,
  type Reaches,
  refuse,
  type World,
} from './world';

export function readAzure(resources: readonly Emitted[], world: World): Reaches {
  const asgs = inputsOf(resources, 'azure-native:network:ApplicationSecurityGroup');
  const nsgs = inputsOf(resources, 'azure-native:network:NetworkSecurityGroup');
  const rules: Json[] = nsgs.flatMap(({ inputs }) => inputs.securityRules);
  refuse(nsgs.length !== 1, 'an interface has one network security group');
  for (const rule of rules) {
    refuse(!/^\w([\w.-]{0,78}\w)?$/.test(rule.name), `the name ${rule.name}`);
    refuse(rule.priority < 100 || rule.priority > 4096, `priority ${rule.priority}`);
    refuse((rule.description ?? '').length > 140, 'a description');
    refuse(!['Tcp', 'Udp', 'Icmp', 'Esp', 'Ah', '*'].includes(rule.protocol), `protocol ${rule.protocol}`);
    refuse(
      new Set((rule.sourceAddressPrefixes ?? []).map((prefix: string) => prefix.includes(':'))).size > 1,
      'mixed families',
    );
  }
  refuse(new Set(rules.map(({ priority }) => priority)).size !== rules.length, 'a priority twice');
  const member = (address: string) =>
    asgs
      .filter(({ inputs }) =>
        groupsAt(world, address).some((group) => inputs.applicationSecurityGroupName === `casemate-${group}`),
      )
      .map(({ name }) => name);
  return (packet) => {
    const matching = rules
      .filter((rule) => serves(rule, packet))
      .filter((rule) =>
        side(rule.sourceApplicationSecurityGroups, rule.sourceAddressPrefixes, rule.sourceAddressPrefix, packet.src),
      )
      .filter((rule) =>
        side(rule.destinationApplicationSecurityGroups, undefined, rule.destinationAddressPrefix, packet.dst),
      )
      .sort((a, b) => a.priority - b.priority);
    // AllowVnetInBound: whatever nothing denied comes in from inside.
    return matching[0] === undefined || matching[0].access === 'Allow';
  };

  function side(
    groups: Json[] | undefined,
    prefixes: string[] | undefined,
    prefix: string | undefined,
    address: string,
  ) {
    if (groups !== undefined) return groups.some(({ id }) => member(address).includes(id.resource));
    if (prefixes !== undefined) return inside(prefixes, address);
    return prefix === '*';
  }
}

function serves(rule: Json, packet: Packet): boolean {
  if (rule.protocol === '*') return true;
  if (rule.protocol.toLowerCase() !== packet.protocol) return false;
  const ranges: string[] = rule.destinationPortRanges ?? [rule.destinationPortRange];
  return ranges.some((range) => {
    if (range === '*') return true;
    const [first, last = first] = range.split('-').map(Number);
    return packet.port !== undefined && packet.port >= (first ?? 0) && packet.port <= (last ?? 0);
  });
}
