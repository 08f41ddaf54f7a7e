/** The two questions that decide whether an intent may be applied: what is too open, and what is missing. */

import {
  type AddressSet,
  complement,
  contains,
  intersect,
  parseAddresses,
  show,
  size,
  toSet,
  union,
} from './addresses';
import type { CheckedIntent, Rule } from './check';
import type { Guarded, PortRange, Requirement } from './intent';

/** Hosts that have the same roles; or one group of networks. */
export interface Signature {
  readonly roles: ReadonlySet<string>;
  /** Empty where the group is known by reference. */
  readonly addresses: AddressSet;
}

/** Addresses that routers do not carry across the internet (IANA special-purpose registries). */
export const privateSpace = toSet(
  [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '224.0.0.0/3',
    '::/127',
    'fc00::/7',
    'fe80::/10',
    'ff00::/8',
  ].map(parseAddresses),
);

/**
 * More of the internet than any one organisation's offices: an IPv4 /8 is the most that was ever given to one, and an IPv6
 * /20 is what the largest carriers hold. Counted over all sources together, so that halves and pieces are seen.
 */
const tooWide = { 4: 2n ** 24n, 6: 2n ** 108n } as const;

function isEveryone(sources: AddressSet): boolean {
  const open = intersect(sources, complement(privateSpace));
  return size(open, 4) > tooWide[4] || size(open, 6) > tooWide[6];
}

export interface OpenService {
  readonly service: string;
  readonly to: string;
  readonly port: number;
  /** Who reaches it, for a message. */
  readonly sources: string;
}

/** Guarded ports that everyone reaches, on hosts of any combination of roles. */
export function openServices(
  intent: CheckedIntent,
  guarded: readonly Guarded[],
  signatures: readonly Signature[],
): OpenService[] {
  const found = new Map<string, OpenService>();
  for (const { service, ports } of guarded) {
    for (const { roles } of signatures) {
      for (const segment of ports.flatMap((range) => segments(range, intent.rules))) {
        const rules = intent.rules.filter((rule) => roles.has(rule.to.name) && covers(rule, segment));
        const sources = union(...rules.map((rule) => rule.from.addresses));
        const to = rules[0]?.to.name;
        if (to === undefined || !isEveryone(sources)) continue;
        const port = segment.from ?? 0;
        found.set(`${service} ${to} ${port}`, { service, to, port, sources: show(sources) });
      }
    }
  }
  return [...found.values()];
}

export interface MissingFlow {
  readonly requirement: Requirement;
  readonly ports: PortRange;
  /** Who would be cut off from whom, for a message. */
  readonly source: string;
  readonly target: string;
}

/** Required flows that no rules allow, or not for all of the hosts; one entry for a requirement's range of ports. */
export function missingFlows(
  intent: CheckedIntent,
  required: readonly Requirement[],
  signatures: readonly Signature[],
): MissingFlow[] {
  const having = (role: string): readonly Signature[] => {
    const those = signatures.filter(({ roles }) => roles.has(role));
    // A requirement about a group that is not there is missing, not met.
    return those.length > 0 ? those : [{ roles: new Set([role]), addresses: [] }];
  };
  return required.flatMap((requirement) =>
    requirement.ports.flatMap((ports) => {
      for (const source of having(requirement.from)) {
        for (const target of having(requirement.to)) {
          const missing = segments(ports, intent.rules).some((segment) => {
            const rules = intent.rules.filter((rule) => target.roles.has(rule.to.name) && covers(rule, segment));
            return !reaches(rules, source);
          });
          if (missing) return [{ requirement, ports, source: name(source), target: name(target) }];
        }
      }
      return [];
    }),
  );
}

function reaches(rules: readonly Rule[], { roles, addresses }: Signature): boolean {
  if (rules.some((rule) => roles.has(rule.from.name))) return true;
  return addresses.length > 0 && contains(union(...rules.map((rule) => rule.from.addresses)), addresses);
}

/** The range, cut where some rule begins or ends, so that a rule covers each piece wholly or not at all. */
function segments(range: PortRange, rules: readonly Rule[]): PortRange[] {
  const { protocol, from, to = from } = range;
  if (from === undefined || to === undefined) return [range];
  const starts = new Set([from]);
  for (const { protocol: theirs, ports } of rules) {
    if (theirs !== protocol || ports === undefined) continue;
    for (const start of [ports.from, ports.to + 1]) if (start > from && start <= to) starts.add(start);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((start, index) => ({ protocol, from: start, to: (sorted[index + 1] ?? to + 1) - 1 }));
}

function covers(rule: Rule, { protocol, from }: PortRange): boolean {
  if (rule.protocol !== protocol) return false;
  return rule.ports === undefined || (from !== undefined && rule.ports.from <= from && from <= rule.ports.to);
}

function name({ roles, addresses }: Signature): string {
  const title = [...roles].sort().join('+');
  return addresses.length === 0 ? title : `${title}, ${show(addresses)}`;
}
