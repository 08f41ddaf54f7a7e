import { createHash } from 'node:crypto';
import { type AddressSet, type Family, toCidrs } from '../firewall/addresses';
import type { CheckedGroup, CheckedIntent, Rule } from '../firewall/check';

/** A value of a resource's input: plain data, and references to outputs of other resources. */
export type Input = string | number | boolean | Reference | readonly Input[] | { readonly [key: string]: Input };

/** An output of another resource of the plan (or of one outside it), to be put in by whoever creates the resources. */
export interface Reference {
  /** Name of the resource within the plan. */
  readonly resource: string;
  /** Its output, `id` for instance. */
  readonly output: string;
}

/** One resource, as data. */
export interface PlannedResource {
  /** Pulumi type token, `aws:ec2/securityGroup:SecurityGroup`. */
  readonly type: string;
  /** Unique within the plan, and stable: it says what the resource is for, not where it stands in a list. */
  readonly name: string;
  readonly inputs: { readonly [key: string]: Input };
  /** Names of resources that must exist before, where no reference says so. @default - none */
  readonly after?: readonly string[];
}

/** What an enforcer makes of an intent, in the order of creation. */
export interface Plan {
  readonly resources: readonly PlannedResource[];
}

/** The interface that every enforcer has. Throws EnforcerError when the platform cannot express the intent. */
export type Enforcer<Options> = (intent: CheckedIntent, options: Options) => Plan;

/** An intent that the platform cannot express: what, which limit, what to do. */
export class EnforcerError extends Error {
  public override readonly name = 'EnforcerError';
}

export function reference(resource: string, output: string): Reference {
  return { resource, output };
}

export function isReference(input: Input): input is Reference {
  return typeof input === 'object' && 'resource' in input && 'output' in input && Object.keys(input).length === 2;
}

export const families = [4, 6] as const;

/** Kubernetes' default range, where services listen on every node. @see https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport */
export const nodePortRange = { from: 30000, to: 32767 } as const;

/** Whether a rule opens a node port, which is translated before the host's own chains and policies see it. */
export function isNodePort({ ports }: Rule): boolean {
  return ports !== undefined && ports.from <= nodePortRange.to && ports.to >= nodePortRange.from;
}

/** The CIDRs of one family. */
export function cidrsOf(set: AddressSet, family: Family): string[] {
  return toCidrs(set.filter((range) => range.family === family));
}

/** The groups that are filtered. */
export function hostGroups(intent: CheckedIntent): readonly CheckedGroup[] {
  return intent.groups.filter(({ kind }) => kind === 'hosts');
}

/** A table of rules by a key, in the order of the rules. */
export function groupRules(rules: readonly Rule[], keyOf: (rule: Rule) => string): Map<string, Rule[]> {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) groups.set(keyOf(rule), [...(groups.get(keyOf(rule)) ?? []), rule]);
  return groups;
}

/** `6443`, `30000-32767`; nothing for a protocol without ports. */
export function portText({ ports }: Rule, between = '-'): string | undefined {
  if (ports === undefined) return undefined;
  return ports.from === ports.to ? `${ports.from}` : `${ports.from}${between}${ports.to}`;
}

/** `etcd-from-api-servers-tcp-2379`. */
export function ruleName(rule: Rule): string {
  return [rule.to.name, 'from', rule.from.name, rule.protocol, portText(rule)].filter(Boolean).join('-');
}

/** `etcd-tcp-2379`: what a rule opens, whoever it is for. */
export function serviceName(rule: Rule): string {
  return [rule.to.name, rule.protocol, portText(rule)].filter(Boolean).join('-');
}

/**
 * The networks that each service is open to, each once with the rules that say so: two groups may name the same network,
 * and platforms refuse a rule that is there twice.
 */
export function networkSources(
  rules: readonly Rule[],
  platform: string,
): { cidr: string; family: Family; rules: [Rule, ...Rule[]] }[] {
  const sources = new Map<string, { cidr: string; family: Family; rules: [Rule, ...Rule[]] }>();
  for (const rule of rules.filter(({ from }) => from.kind === 'networks')) {
    requireAddresses(rule.from, platform);
    for (const family of families) {
      for (const cidr of cidrsOf(rule.from.addresses, family)) {
        const key = `${serviceName(rule)} ${cidr}`;
        const known = sources.get(key);
        if (known === undefined) sources.set(key, { cidr, family, rules: [rule] });
        else known.rules.push(rule);
      }
    }
  }
  return [...sources.values()];
}

/** A CIDR within a resource's name, where `::` would end a part of its URN. */
export function cidrName(cidr: string): string {
  return cidr.replace(/[:/]/g, '-');
}

/** @throws EnforcerError when names and labels of Kubernetes' form cannot begin with the prefix */
export function requireLabelPrefix(prefix: string): void {
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/.test(prefix))
    throw new EnforcerError(
      `prefix ${JSON.stringify(prefix)} begins no label: expected lower-case letters, digits, dashes and dots, at most 63`,
    );
}

/** The reasons of several rules, each once. */
export function reasons(rules: readonly Rule[]): string {
  return [...new Set(rules.map(({ reason }) => reason))].join(' ');
}

/** A name or text within a platform's limit; what is cut off is told apart by a hash of the whole. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 9)}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** Text in the characters a platform allows, cut at its limit. */
export function describe(text: string, allowed: RegExp, limit: number): string {
  const clean = [...text.normalize('NFKD')].filter((character) => allowed.test(character)).join('');
  return clean.length <= limit ? clean : `${clean.slice(0, limit - 3)}...`;
}

/** @throws EnforcerError when the addresses of a group are not known and the platform has no other name for it */
export function requireAddresses({ name, addresses }: CheckedGroup, platform: string): void {
  if (addresses.length === 0)
    throw new EnforcerError(`group "${name}" has no addresses, and ${platform} knows it by address alone; list them`);
}

export function unsupported(rule: Rule, platform: string, supported: string): EnforcerError {
  return new EnforcerError(
    `${platform} cannot filter ${rule.protocol} (${rule.from.name} to ${rule.to.name}: ${rule.reason}), only ${supported}; ` +
      'use another mode of the CNI, or filter on the hosts with nftables',
  );
}
