/**
 * The firewall of the hosts themselves: one table of our own, replaced in one transaction, beside whatever kube-proxy,
 * the CNI and Docker keep in theirs.
 *
 * A connection is judged where it arrives, before anything translates its destination, because node ports and host ports
 * are turned into pod addresses there and would never pass an input chain. Traffic that is only routed through
 * (pods, their tunnels' contents) is left to the CNI and its network policies.
 */

import type { CheckedIntent, Rule } from '../firewall/check';
import {
  cidrsOf,
  describe,
  EnforcerError,
  families,
  hostGroups,
  isNodePort,
  type Plan,
  type PlannedResource,
  portText,
} from './plan';

export interface NftablesOptions {
  /** Combinations of roles to write rule sets for besides the hosts known by name: for images and autoscaled groups. @default - none */
  readonly roles?: readonly (readonly string[])[];
}

/** One resource for each host: `inputs.ruleset` is the text for `nft -f`, `inputs.addresses` where to apply it. */
export function nftables(intent: CheckedIntent, options: NftablesOptions = {}): Plan {
  if (intent.hosts.length === 0 && options.roles === undefined)
    throw new EnforcerError(
      'nftables is written for each host; name the hosts of the groups, or give combinations of roles',
    );
  const known = new Set(hostGroups(intent).map(({ name }) => name));
  // Hosts with the same roles share one text: thousands of them would not fit into memory otherwise.
  const texts = new Map<string, string>();
  const textFor = (roles: readonly string[]): string => {
    const text = texts.get(roles.join()) ?? ruleset(intent, roles);
    texts.set(roles.join(), text);
    return text;
  };
  const resource = (name: string, roles: readonly string[], addresses: readonly string[]): PlannedResource => {
    const unknown = roles.find((role) => !known.has(role));
    if (unknown !== undefined) throw new EnforcerError(`there is no group of hosts "${unknown}"`);
    return {
      type: 'casemate:nftables:Ruleset',
      name,
      inputs: { roles: [...roles], addresses: [...addresses], ruleset: textFor(roles) },
    };
  };
  return {
    resources: [
      ...intent.hosts.map(({ name, roles, addresses }) =>
        resource(
          name,
          roles,
          families.flatMap((family) => cidrsOf(addresses, family)).map((cidr) => cidr.replace(/\/\d+$/, '')),
        ),
      ),
      ...(options.roles ?? []).map((roles) => resource(`roles-${[...roles].sort().join('-')}`, [...roles].sort(), [])),
    ],
  };
}

/** The whole rule set of a host with these roles, as a text for `nft -f`. */
export function ruleset(intent: CheckedIntent, roles: readonly string[]): string {
  const rules = intent.rules.filter(({ to }) => roles.includes(to.name));
  const lines = (of: readonly Rule[], portKey?: string) =>
    indent(of.flatMap((rule) => families.flatMap((family) => match(rule, family, portKey))));
  const nodePorts = rules.filter(isNodePort);
  return `#!/usr/sbin/nft -f
# Written by casemate for a host with these roles: ${[...roles].sort().join(', ')}.
# One transaction: either all of it holds, or what was there before. Other tables are not touched.

table inet casemate
delete table inet casemate

table inet casemate {
${sets(rules).join('')}	chain arriving {
		type filter hook prerouting priority mangle; policy accept;
		fib daddr type != local accept comment "routed through: left to the CNI"
		goto judge
	}

	chain input {
		type filter hook input priority filter; policy drop;
		ct status dnat jump translated comment "node ports of pods that use the host's own address"
		goto judge
	}

	chain translated {
${lines(nodePorts, 'ct original proto-dst')}	}

	chain judge {
		iifname "lo" accept comment "the host itself"
		ct state established,related accept comment "replies"
		ct state invalid drop comment "belongs to no connection"
		icmp type { destination-unreachable, time-exceeded, parameter-problem } accept comment "errors and path MTU"
		icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept comment "errors and path MTU (RFC 4890)"
		ip6 hoplimit 255 icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept comment "neighbour discovery (RFC 4890)"
		ip6 saddr fe80::/10 icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept comment "multicast listeners (RFC 4890)"
		udp sport 67 udp dport 68 accept comment "DHCP leases"
		ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6 leases"
${lines(rules)}		counter drop comment "everything else"
	}
}
`;
}

/** Lines of a chain, each once: two roles of a host may open the same. */
function indent(lines: readonly string[]): string {
  return [...new Set(lines)].map((line) => `\t\t${line}\n`).join('');
}

/** One named set for each source and family, except for everyone, who needs none. */
function sets(rules: readonly Rule[]): string[] {
  const texts = new Map<string, string>();
  for (const { from } of rules) {
    for (const family of families) {
      const cidrs = cidrsOf(from.addresses, family);
      if (cidrs.length === 0 || cidrs[0]?.endsWith('/0')) continue;
      const elements = cidrs.map((cidr) => `\t\t\t${cidr}`).join(',\n');
      texts.set(
        setName(from.name, family),
        `\tset ${setName(from.name, family)} {\n\t\ttype ipv${family}_addr\n\t\tflags interval\n\t\telements = {\n${elements}\n\t\t}\n\t}\n\n`,
      );
    }
  }
  return [...texts.values()];
}

function setName(group: string, family: 4 | 6): string {
  return `${group}-ipv${family}`;
}

function match(rule: Rule, family: 4 | 6, portKey: string | undefined): string[] {
  const cidrs = cidrsOf(rule.from.addresses, family);
  if (cidrs.length === 0) return [];
  const header = family === 4 ? 'ip' : 'ip6';
  const source = cidrs[0]?.endsWith('/0')
    ? `meta nfproto ipv${family}`
    : `${header} saddr @${setName(rule.from.name, family)}`;
  // The kernel's limit for a comment is 128 bytes with its end.
  const comment = describe(`${rule.from.name}: ${rule.reason}`, /[ -!#-[\]-~]/, 120);
  return [`${source} ${service(rule, family, portKey)} counter accept comment "${comment}"`];
}

function service(rule: Rule, family: 4 | 6, portKey: string | undefined): string {
  switch (rule.protocol) {
    case 'icmp':
      return family === 4 ? 'icmp type echo-request' : 'icmpv6 type echo-request';
    case 'ipip':
      return 'meta l4proto 4';
    case 'esp':
      return 'meta l4proto esp';
    default:
      return portKey === undefined
        ? `${rule.protocol} dport ${portText(rule)}`
        : `meta l4proto ${rule.protocol} ${portKey} ${portText(rule)}`;
  }
}
