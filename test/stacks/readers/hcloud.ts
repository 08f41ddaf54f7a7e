/** Hetzner's firewalls: a server without one is open, one with any denies the rest; the private network is not seen. */

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

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

export function readHcloud(resources: readonly Emitted[], world: World): Reaches {
  const firewalls = inputsOf(resources, 'hcloud:index/firewall:Firewall').map(({ inputs }) => inputs);
  for (const { rules } of firewalls) {
    refuse(rules.length > 50, 'more than 50 rules');
    refuse(rules.flatMap((rule: Json) => rule.sourceIps).length > 500, 'more than 500 effective rules');
    for (const rule of rules) {
      refuse(rule.sourceIps.length > 100 || rule.sourceIps.length === 0, 'a rule has 1 to 100 sources');
      refuse(!['tcp', 'udp', 'icmp', 'esp', 'gre'].includes(rule.protocol), `protocol ${rule.protocol}`);
      refuse((rule.port !== undefined) !== ['tcp', 'udp'].includes(rule.protocol), 'a port belongs to tcp and udp');
      refuse((rule.description ?? '').length > 255, 'a description');
    }
  }
  return (packet) => {
    if (inside(privateNetworks, packet.dst)) return true;
    const labels = groupsAt(world, packet.dst).map((group) => `casemate/${group}`);
    const applied = firewalls.filter(({ applyTos }) => applyTos.some((to: Json) => labels.includes(to.labelSelector)));
    return applied.length === 0 || applied.some(({ rules }) => rules.some((rule: Json) => serves(rule, packet)));
  };
}

function serves(rule: Json, packet: Packet): boolean {
  if (rule.direction !== 'in' || rule.protocol !== packet.protocol || !inside(rule.sourceIps, packet.src)) return false;
  if (rule.port === undefined) return true;
  const [first, last = first] = rule.port.split('-').map(Number);
  return packet.port !== undefined && packet.port >= first && packet.port <= last;
}
