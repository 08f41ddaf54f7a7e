/**
 * One network security group, with the rules inside it, so that a change is one request and priorities never collide on
 * the way; application security groups stand for the groups of hosts. The last rule denies what Azure's default rules
 * (AllowVnetInBound, AllowAzureLoadBalancerInBound) would let in.
 * @see https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
 */

import type { CheckedIntent, Rule } from '../firewall/check';
import {
  cidrsOf,
  describe,
  EnforcerError,
  families,
  groupRules,
  hostGroups,
  type Input,
  type Plan,
  portText,
  reasons,
  reference,
  requireAddresses,
  shorten,
  unsupported,
} from './plan';

export interface AzureOptions {
  readonly resourceGroupName: Input;
  readonly location: Input;
  /** Before every name. @default 'casemate' */
  readonly prefix?: string;
}

/** Where Azure's load balancers check health from. @see https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 */
export const azureHealthCheckers = ['168.63.129.16'] as const;

const lastPriority = 4096;
const rulesPerGroup = 1000;
const prefixesPerGroup = 4000;
/** Azure has no ICMP types: a ping opens all of ICMP. */
const protocolNames: Partial<Record<Rule['protocol'], string>> = { tcp: 'Tcp', udp: 'Udp', icmp: 'Icmp', esp: 'Esp' };

interface SecurityRule {
  readonly [key: string]: Input;
  readonly name: string;
}

export function azure(intent: CheckedIntent, options: AzureOptions): Plan {
  const { prefix = 'casemate', resourceGroupName, location } = options;
  const groups = hostGroups(intent);
  const allows = [...groupRules(intent.rules, ({ to, from, protocol }) => `${to.name}-from-${from.name}-${protocol}`)]
    .flatMap(([name, rules]) => allow(name, rules))
    .map((rule, index): SecurityRule => ({ ...rule, priority: 100 + index }));
  const prefixes = allows.reduce(
    (sum, rule) => sum + (Array.isArray(rule.sourceAddressPrefixes) ? rule.sourceAddressPrefixes.length : 0),
    0,
  );
  if (allows.length >= rulesPerGroup || prefixes > prefixesPerGroup)
    throw new EnforcerError(
      `the network security group needs ${allows.length + 1} rules with ${prefixes} address ranges, and holds ${rulesPerGroup} with ${prefixesPerGroup}; merge groups or networks`,
    );
  return {
    resources: [
      ...groups.map(({ name }) => ({
        type: 'azure-native:network:ApplicationSecurityGroup',
        name,
        inputs: { applicationSecurityGroupName: shorten(`${prefix}-${name}`, 80), resourceGroupName, location },
      })),
      {
        type: 'azure-native:network:NetworkSecurityGroup',
        name: 'firewall',
        inputs: {
          networkSecurityGroupName: shorten(`${prefix}-firewall`, 80),
          resourceGroupName,
          location,
          securityRules: [...allows, deny],
        },
      },
    ],
  };
}

function allow(name: string, rules: readonly Rule[]): SecurityRule[] {
  const [rule] = rules as [Rule];
  const { from, to } = rule;
  const protocol = protocolNames[rule.protocol];
  if (protocol === undefined) throw unsupported(rule, 'An Azure network security group', 'tcp, udp, icmp and esp');
  const ports = rules.map((each) => portText(each)).filter((text) => text !== undefined);
  const base = {
    description: describe(reasons(rules), /[ -~]/, 140),
    direction: 'Inbound',
    access: 'Allow',
    protocol,
    sourcePortRange: '*',
    ...(ports.length > 0 ? { destinationPortRanges: ports } : { destinationPortRange: '*' }),
    destinationApplicationSecurityGroups: [{ id: reference(to.name, 'id') }],
  };
  if (from.kind === 'hosts')
    return [{ name, ...base, sourceApplicationSecurityGroups: [{ id: reference(from.name, 'id') }] }];
  // A rule may not mix families.
  return families.flatMap((family) => {
    requireAddresses(from, 'a network security group');
    const sourceAddressPrefixes = cidrsOf(from.addresses, family);
    return sourceAddressPrefixes.length === 0 ? [] : [{ name: `${name}-ipv${family}`, ...base, sourceAddressPrefixes }];
  });
}

const deny = {
  name: 'deny',
  description: 'Everything else',
  priority: lastPriority,
  direction: 'Inbound',
  access: 'Deny',
  protocol: '*',
  sourceAddressPrefix: '*',
  sourcePortRange: '*',
  destinationAddressPrefix: '*',
  destinationPortRange: '*',
};
