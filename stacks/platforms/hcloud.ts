/**
 * One firewall for each group of hosts, applied by label. Hetzner filters what comes in from the internet and does not
 * see its private networks, so an intent about private addresses needs nftables on the hosts as well, and says so.
 * @see https://docs.hetzner.com/cloud/firewalls/overview
 */

import { complement, intersect, show } from '../firewall/addresses';
import type { CheckedGroup, CheckedIntent, Rule } from '../firewall/check';
import { privateSpace } from '../firewall/judge';
import {
  cidrsOf,
  describe,
  EnforcerError,
  families,
  hostGroups,
  type Input,
  type Plan,
  portText,
  requireAddresses,
  requireLabelPrefix,
  shorten,
  unsupported,
} from './plan';

export interface HcloudOptions {
  /** Before every name, and of every label: servers of group G carry the label `PREFIX/G`. @default 'casemate' */
  readonly prefix?: string;
  /**
   * That the private network, which this firewall does not see, is filtered on the hosts.
   * @default - none: private addresses are refused
   */
  readonly privateNetwork?: 'nftables';
}

const rulesPerFirewall = 50;
const sourcesPerRule = 100;
/** Every source of every rule counts. */
const effectiveRules = 500;
/** Hetzner has no ICMP types: a ping opens all of ICMP. */
const protocols: ReadonlySet<string> = new Set(['tcp', 'udp', 'icmp', 'esp']);

/** The label that a server of the group carries, with any value. */
export function hcloudLabel(group: string, prefix = 'casemate'): string {
  return `${prefix}/${group}`;
}

export function hcloud(intent: CheckedIntent, options: HcloudOptions = {}): Plan {
  const { prefix = 'casemate' } = options;
  requireLabelPrefix(prefix);
  const groups = hostGroups(intent);
  for (const group of groups) {
    const unseen = intersect(group.addresses, privateSpace);
    if (unseen.length > 0 && options.privateNetwork !== 'nftables')
      throw new EnforcerError(
        `group "${group.name}" has private addresses (${show(unseen)}), and Hetzner's firewalls do not filter private networks; ` +
          "enforce the intent with nftables on the hosts too, and say so: privateNetwork: 'nftables'",
      );
  }
  return {
    resources: groups.map((group) => ({
      type: 'hcloud:index/firewall:Firewall',
      name: group.name,
      inputs: {
        name: shorten(`${prefix}-${group.name}`, 128),
        rules: rulesOf(group, intent),
        applyTos: [{ labelSelector: hcloudLabel(group.name, prefix) }],
      },
    })),
  };
}

function rulesOf(group: CheckedGroup, intent: CheckedIntent): Input[] {
  const rules = intent.rules.filter(({ to }) => to === group).flatMap((rule) => ruleParts(rule));
  if (rules.length > rulesPerFirewall)
    throw new EnforcerError(
      `the firewall of "${group.name}" needs ${rules.length} rules, and holds ${rulesPerFirewall} of ${sourcesPerRule} networks each; merge networks or ports`,
    );
  const effective = rules.reduce((sum, { sourceIps }) => sum + sourceIps.length, 0);
  if (effective > effectiveRules)
    throw new EnforcerError(
      `the firewall of "${group.name}" has ${effective} sources over all of its rules, and holds ${effectiveRules}; merge networks or ports`,
    );
  return rules;
}

function ruleParts(rule: Rule): { readonly sourceIps: string[]; readonly [key: string]: Input }[] {
  if (!protocols.has(rule.protocol)) throw unsupported(rule, "Hetzner's firewall", [...protocols].join(', '));
  requireAddresses(rule.from, "Hetzner's firewall");
  // Only public addresses arrive where this firewall looks.
  const seen = intersect(rule.from.addresses, complement(privateSpace));
  const sources = families.flatMap((family) =>
    cidrsOf(rule.from.addresses, family)[0]?.endsWith('/0')
      ? [family === 4 ? '0.0.0.0/0' : '::/0']
      : cidrsOf(seen, family),
  );
  const port = portText(rule);
  return chunks(sources, sourcesPerRule).map((sourceIps) => ({
    direction: 'in',
    protocol: rule.protocol,
    ...(port !== undefined && { port }),
    sourceIps,
    description: describe(`${rule.from.name}: ${rule.reason}`, /[ -~]/, 255),
  }));
}

function chunks<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, index) =>
    list.slice(index * length, (index + 1) * length),
  );
}
