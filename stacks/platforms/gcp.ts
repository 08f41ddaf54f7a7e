/**
 * VPC firewall rules between network tags, above a rule that denies the rest to the same instances: a network's own rules
 * (`default-allow-internal`) would let it in otherwise.
 * @see https://cloud.google.com/firewall/docs/firewalls
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
  type PlannedResource,
  portText,
  reasons,
  requireAddresses,
  shorten,
} from './plan';

export interface GcpOptions {
  readonly network: Input;
  /** Before every name and tag. @default 'casemate' */
  readonly prefix?: string;
}

/** Where Google's load balancers check health from. @see https://cloud.google.com/load-balancing/docs/health-check-concepts */
export const gcpHealthCheckers = ['35.191.0.0/16', '130.211.0.0/22', '2600:2d00:1:b029::/64'] as const;

const nameLimit = 63;
const rangesPerRule = 5000;
const tagsPerRule = 70;

/** The network tag that an instance of the group carries. */
export function gcpTag(group: string, prefix = 'casemate'): string {
  return shorten(`${prefix}-${group}`, nameLimit);
}

export function gcp(intent: CheckedIntent, options: GcpOptions): Plan {
  const { prefix = 'casemate', network } = options;
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(prefix))
    throw new EnforcerError(
      `prefix "${prefix}" does not begin a name at Google: expected lower-case letters, digits and dashes`,
    );
  const tag = (group: string) => gcpTag(group, prefix);
  const tags = hostGroups(intent).map(({ name }) => tag(name));
  if (tags.length > tagsPerRule)
    throw new EnforcerError(
      `${tags.length} groups of hosts, and a firewall rule targets ${tagsPerRule} tags; merge groups`,
    );
  const firewall = (name: string, inputs: { readonly [key: string]: Input }): PlannedResource => ({
    type: 'gcp:compute/firewall:Firewall',
    name,
    inputs: { name: shorten(`${prefix}-${name}`, nameLimit), network, direction: 'INGRESS', ...inputs },
  });
  const allows = [...groupRules(intent.rules, ({ to, from }) => `${to.name}-from-${from.name}`)].flatMap(
    ([name, rules]) => {
      const [{ from, to }] = rules as [Rule];
      const base = {
        priority: 1000,
        targetTags: [tag(to.name)],
        description: describe(reasons(rules), /[ -~]/, 2048),
      };
      if (from.kind === 'hosts')
        return [firewall(name, { ...base, sourceTags: [tag(from.name)], allows: protocols(rules, families) })];
      return families.flatMap((family) => {
        requireAddresses(from, 'a firewall rule');
        const sourceRanges = cidrsOf(from.addresses, family);
        if (sourceRanges.length > rangesPerRule)
          throw new EnforcerError(
            `group "${from.name}" is ${sourceRanges.length} ranges, and a firewall rule takes ${rangesPerRule}; merge networks`,
          );
        // A rule may not mix families.
        return sourceRanges.length === 0
          ? []
          : [firewall(`${name}-ipv${family}`, { ...base, sourceRanges, allows: protocols(rules, [family]) })];
      });
    },
  );
  const denies = families.map((family) =>
    firewall(`deny-ipv${family}`, {
      priority: 65000,
      targetTags: tags,
      sourceRanges: [family === 4 ? '0.0.0.0/0' : '::/0'],
      denies: [{ protocol: 'all' }],
      description: 'Everything else',
    }),
  );
  return { resources: [...allows, ...denies.map((deny) => ({ ...deny, after: allows.map(({ name }) => name) }))] };
}

/** Google has no ICMP types: a ping opens all of ICMP. */
function protocols(rules: readonly Rule[], of: readonly (4 | 6)[]): Input[] {
  return [...groupRules(rules, ({ protocol }) => protocol)].flatMap(([protocol, same]): Input[] => {
    if (protocol === 'icmp') return of.map((family) => ({ protocol: family === 4 ? 'icmp' : '58' }));
    const ports = same.map((rule) => portText(rule)).filter((text) => text !== undefined);
    return [{ protocol, ...(ports.length > 0 && { ports }) }];
  });
}
