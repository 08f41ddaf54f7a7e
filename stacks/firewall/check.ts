import { today } from '../../controls/exemptions';
import {
  type AddressSet,
  contains,
  everyone,
  intersect,
  parseAddresses,
  type Range,
  show,
  toCidrs,
  toSet,
  union,
} from './addresses';
import { type Flow, formatPorts, type Group, type Intent, type PortRange, type Protocol, withPorts } from './intent';
import { missingFlows, openServices, type Signature } from './judge';

/** What is wrong with an intent. */
export interface Problem {
  readonly code:
    | 'bad-group'
    | 'bad-address'
    | 'bad-flow'
    | 'bad-exemption'
    | 'overlap'
    | 'open-to-everyone'
    | 'cut-off';
  /** Which group, flow or exemption. */
  readonly where: string;
  /** What was found, what is expected, and what to do. */
  readonly message: string;
}

/** An intent that must not be applied, with everything that is wrong with it. */
export class IntentError extends Error {
  public override readonly name = 'IntentError';

  public constructor(public readonly problems: readonly Problem[]) {
    super(problems.map(({ where, message }) => `${where}: ${message}`).join('\n'));
  }
}

export interface CheckOptions {
  /** The day the exemptions are judged by, as `YYYY-MM-DD`. @default - today (UTC) */
  readonly day?: string;
  /** Whether groups of hosts may be known by reference alone (a cloud's security group), without addresses. @default false */
  readonly byReference?: boolean;
}

export interface CheckedHost {
  readonly name: string;
  readonly addresses: AddressSet;
  /** Names of its groups, sorted. */
  readonly roles: readonly string[];
}

export interface CheckedGroup {
  readonly name: string;
  readonly title: string;
  readonly kind: Group['kind'];
  /** Those of its hosts included. */
  readonly addresses: AddressSet;
}

/** One row of the flow table for one range of ports. */
export interface Rule {
  readonly from: CheckedGroup;
  readonly to: CheckedGroup;
  readonly protocol: Protocol;
  /** First and last port, for protocols that have ports. */
  readonly ports?: { readonly from: number; readonly to: number };
  readonly reason: string;
}

/** An intent that has been found sound: the only thing that enforcers take. */
export interface CheckedIntent {
  /** Sorted by name. */
  readonly groups: readonly CheckedGroup[];
  /** The hosts known by name, sorted. */
  readonly hosts: readonly CheckedHost[];
  /** Sorted by destination, source, protocol and port; none twice. */
  readonly rules: readonly Rule[];
}

/**
 * Reads an intent and refuses one that is malformed, ambiguous, open to everyone where it must not be, or that would cut
 * the cluster off.
 *
 * @throws IntentError with every problem found
 */
export function check(intent: Intent, options: CheckOptions = {}): CheckedIntent {
  const reader = new Reader(options);
  const checked = reader.read(intent);
  if (reader.problems.length > 0) throw new IntentError(reader.problems);
  return checked;
}

/** The problems of an intent; none means that `check` returns. */
export function problemsOf(intent: Intent, options: CheckOptions = {}): readonly Problem[] {
  const reader = new Reader(options);
  reader.read(intent);
  return reader.problems;
}

const groupName = /^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/;
const hostName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: reasons become comments in rule sets, where these would end them.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

const neverHosts = toSet(['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'ff00::/8'].map(parseAddresses));

class Reader {
  public readonly problems: Problem[] = [];

  public constructor(private readonly options: CheckOptions) {}

  public read(intent: Intent): CheckedIntent {
    const members = this.readGroups(intent.groups);
    const groups = new Map([...members].map(([name, { group }]) => [name, group]));
    this.refuseOverlaps(intent.groups, members);
    const hosts = this.readHosts(members);
    const rules = mergeRules(intent.flows.flatMap((flow, index) => this.readFlow(flow, index, groups)));
    const checked: CheckedIntent = { groups: [...groups.values()].sort(byName), hosts, rules };
    // Judged only when it can be read: what is missing from a broken table would be reported twice.
    if (this.problems.every(({ code }) => code === 'overlap')) this.judge(intent, checked, signatures(members));
    return checked;
  }

  private readGroups(groups: readonly Group[]): Map<string, Members> {
    const members = new Map<string, Members>();
    for (const group of groups) {
      const where = `group ${JSON.stringify(group.name)}`;
      if (!groupName.test(group.name))
        this.report(
          'bad-group',
          where,
          'the name must be lower-case letters, digits and dashes, at most 24 characters',
        );
      if (members.has(group.name)) this.report('bad-group', where, 'another group has this name; rename one of them');
      if (group.title !== undefined && unprintable.test(group.title))
        this.report('bad-group', where, 'the title must be one line of text');
      const entries: Entry[] = this.readAddresses(group.addresses, where).map((range) => ({ range }));
      for (const host of group.hosts ?? []) {
        if (!hostName.test(host.name))
          this.report('bad-group', where, `host ${JSON.stringify(host.name)}: expected a DNS name in lower case`);
        const ranges = this.readAddresses(host.addresses, `${where}, host "${host.name}"`);
        if (ranges.length === 0) this.report('bad-group', where, `host "${host.name}" has no address; list all it has`);
        if (ranges.some(({ from, to }) => from !== to))
          this.report('bad-address', where, `host "${host.name}": expected single addresses, found a network`);
        entries.push(...ranges.map((range) => ({ range, host: host.name })));
      }
      const addresses = toSet(entries.map(({ range }) => range));
      if (group.kind === 'hosts') {
        const strange = intersect(addresses, neverHosts);
        if (strange.length > 0)
          this.report('bad-address', where, `no host has ${show(strange)} (loopback, multicast or reserved)`);
      } else if ((group.hosts ?? []).length > 0 || (group.sharesHostsWith ?? []).length > 0) {
        this.report('bad-group', where, 'a group of networks has no hosts; make it a group of hosts');
      }
      if (addresses.length === 0 && this.options.byReference !== true)
        this.report('bad-group', where, 'it has no addresses; list them, or leave the group out');
      const { name, title = name, kind } = group;
      members.set(name, { group: { name, title, kind, addresses }, entries });
    }
    return members;
  }

  private readAddresses(texts: readonly string[], where: string): Range[] {
    if (!Array.isArray(texts)) {
      this.report('bad-address', where, `expected a list of addresses, found ${JSON.stringify(texts) ?? 'nothing'}`);
      return [];
    }
    return texts.flatMap((text) => {
      try {
        return [parseAddresses(text)];
      } catch (error) {
        this.report('bad-address', where, (error as RangeError).message);
        return [];
      }
    });
  }

  private readHosts(members: ReadonlyMap<string, Members>): CheckedHost[] {
    const byHost = new Map<string, Map<string, AddressSet>>();
    const owner = new Map<string, string | undefined>();
    for (const [name, { entries }] of members) {
      const ranges = new Map<string | undefined, Range[]>();
      for (const { host, range } of entries) {
        const known = ranges.get(host);
        if (known === undefined) ranges.set(host, [range]);
        else known.push(range);
      }
      for (const [host, mine] of ranges) {
        for (const range of mine) {
          if (range.from !== range.to) continue;
          const key = keyOf(range);
          const other = owner.get(key);
          if (owner.has(key) && other !== host)
            this.report(
              'overlap',
              `group "${name}"`,
              `${show([range])} is ${describe(host)} here and ${describe(other)} elsewhere; name the host in both`,
            );
          owner.set(key, host);
        }
        if (host === undefined) continue;
        const roles = byHost.get(host) ?? new Map<string, AddressSet>();
        byHost.set(host, roles.set(name, toSet(mine)));
      }
    }
    return [...byHost]
      .map(([name, roles]) => {
        const [addresses = [], ...others] = roles.values();
        if (others.some((other) => toCidrs(other).join() !== toCidrs(addresses).join()))
          this.report('overlap', `host "${name}"`, 'it has other addresses in another group; list all of them in each');
        return { name, addresses, roles: [...roles.keys()].sort() };
      })
      .sort(byName);
  }

  private refuseOverlaps(groups: readonly Group[], members: ReadonlyMap<string, Members>): void {
    const all = [...members.values()];
    const shares = new Map(groups.map(({ name, sharesHostsWith }) => [name, new Set(sharesHostsWith ?? [])]));
    for (const [index, a] of all.entries()) {
      for (const b of all.slice(index + 1)) {
        const common = intersect(a.group.addresses, b.group.addresses);
        if (common.length === 0 || (a.group.kind === 'networks' && b.group.kind === 'networks')) continue;
        const where = `groups "${a.group.name}" and "${b.group.name}"`;
        if (a.group.kind !== b.group.kind) {
          const networks = a.group.kind === 'networks' ? a.group : b.group;
          // "Everyone" includes our own hosts; any smaller network that does is a mistake about who is outside.
          const families = everyone.filter((range) => common.some(({ family }) => family === range.family));
          if (contains(networks.addresses, families)) continue;
          this.report('overlap', where, `hosts of ours are inside a network of outsiders: ${show(common)}; narrow it`);
        } else if (!shares.get(a.group.name)?.has(b.group.name) && !shares.get(b.group.name)?.has(a.group.name)) {
          this.report(
            'overlap',
            where,
            `both hold ${show(common)}; these roles must not be on one host, so take it out`,
          );
        } else {
          const partly = union(intersect(only(a, b), b.group.addresses), intersect(only(b, a), a.group.addresses));
          if (partly.length > 0)
            this.report(
              'overlap',
              where,
              `${show(partly)} is an entry of one and only part of an entry of the other; list the same entries in both`,
            );
        }
      }
    }
  }

  private readFlow(flow: Flow, index: number, groups: ReadonlyMap<string, CheckedGroup>): Rule[] {
    const where = `flow ${index + 1} (${flow.from} to ${flow.to})`;
    const before = this.problems.length;
    const from = groups.get(flow.from);
    const to = groups.get(flow.to);
    if (from === undefined) this.report('bad-flow', where, `there is no group "${flow.from}"`);
    if (to === undefined) this.report('bad-flow', where, `there is no group "${flow.to}"`);
    if (to?.kind === 'networks')
      this.report('bad-flow', where, `"${flow.to}" is a network of outsiders, which is not ours to filter`);
    if (typeof flow.reason !== 'string' || flow.reason.trim() === '' || unprintable.test(flow.reason))
      this.report('bad-flow', where, 'the reason must be one line of text, for whoever reads the rule');
    if (flow.ports.length === 0) this.report('bad-flow', where, 'it names no ports');
    this.readPorts(flow.ports, where);
    if (from === undefined || to === undefined || this.problems.length > before) return [];
    return flow.ports.map(({ protocol, from: first, to: last = first }) => ({
      from,
      to,
      protocol,
      ...(first !== undefined && last !== undefined && { ports: { from: first, to: last } }),
      reason: flow.reason,
    }));
  }

  private readPorts(ports: readonly PortRange[], where: string): void {
    const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65535;
    for (const range of ports) {
      const { protocol, from, to = from } = range;
      if (!protocols.has(protocol))
        this.report(
          'bad-flow',
          where,
          `protocol is ${JSON.stringify(protocol)}, expected ${[...protocols].join(', ')}`,
        );
      else if (!withPorts.has(protocol)) {
        if (from !== undefined || to !== undefined) this.report('bad-flow', where, `${protocol} has no ports`);
      } else if (from === undefined || to === undefined || !isPort(from) || !isPort(to) || from > to)
        this.report('bad-flow', where, `${formatPorts(range)} is not a range of ports from 1 to 65535`);
    }
  }

  private judge(intent: Intent, checked: CheckedIntent, roles: readonly Signature[]): void {
    const day = this.options.day ?? today();
    const exemptions = (intent.exemptions ?? []).filter((exemption) => {
      const where = `exemption for ${exemption.to} port ${exemption.port}`;
      const before = this.problems.length;
      if (typeof exemption.reason !== 'string' || exemption.reason.trim() === '')
        this.report('bad-exemption', where, 'it gives no reason');
      if (!isDay(exemption.until)) this.report('bad-exemption', where, 'until must be a day, as YYYY-MM-DD');
      else if (exemption.until < day)
        this.report('bad-exemption', where, `it ran out on ${exemption.until}; close the port, or renew it`);
      return this.problems.length === before;
    });
    const used = new Set<unknown>();
    for (const open of openServices(checked, intent.guarded, roles)) {
      const exemption = exemptions.find(({ to, port }) => to === open.to && port === open.port);
      if (exemption !== undefined) used.add(exemption);
      else
        this.report(
          'open-to-everyone',
          `group "${open.to}"`,
          `${open.service} (tcp ${open.port}) is open to ${open.sources}; name the networks that need it, or exempt it with a reason and a last day`,
        );
    }
    for (const { to, port } of exemptions.filter((exemption) => !used.has(exemption)))
      this.report('bad-exemption', `exemption for ${to} port ${port}`, 'nothing needs it; take it out');
    for (const { requirement, source, target, ports } of missingFlows(checked, intent.required, roles))
      this.report(
        'cut-off',
        `${requirement.from} to ${requirement.to}, ${formatPorts(ports)}`,
        `no flow allows it (${source} to ${target}). Without it: ${requirement.breaks}`,
      );
  }

  private report(code: Problem['code'], where: string, message: string): void {
    this.problems.push({ code, where, message });
  }
}

const protocols: ReadonlySet<Protocol> = new Set(['tcp', 'udp', 'sctp', 'icmp', 'ipip', 'esp']);

/** One line of a group's list. */
interface Entry {
  readonly range: Range;
  /** Name of the host whose address it is. */
  readonly host?: string;
}

interface Members {
  readonly group: CheckedGroup;
  readonly entries: readonly Entry[];
}

/** The distinct combinations of roles that hosts have, and the networks, each with its addresses. */
function signatures(members: ReadonlyMap<string, Members>): Signature[] {
  const rolesOf = new Map<string, { range: Range; roles: Set<string> }>();
  const byRoles = new Map<string, { roles: Set<string>; ranges: Range[] }>();
  const add = (roles: Set<string>, ranges: readonly Range[]) => {
    const key = [...roles].sort().join();
    const known = byRoles.get(key) ?? { roles, ranges: [] };
    known.ranges.push(...ranges);
    byRoles.set(key, known);
  };
  for (const [name, { group, entries }] of members) {
    if (group.kind === 'networks' || entries.length === 0) add(new Set([name]), group.addresses);
    else
      for (const { range } of entries) {
        const known = rolesOf.get(keyOf(range)) ?? { range, roles: new Set<string>() };
        known.roles.add(name);
        rolesOf.set(keyOf(range), known);
      }
  }
  for (const { range, roles } of rolesOf.values()) add(roles, [range]);
  return [...byRoles.values()].map(({ roles, ranges }) => ({ roles, addresses: toSet(ranges) }));
}

/** What the first lists as an entry and the second does not. */
function only(a: Members, b: Members): AddressSet {
  const keys = new Set(b.entries.map(({ range }) => keyOf(range)));
  return toSet(a.entries.map(({ range }) => range).filter((range) => !keys.has(keyOf(range))));
}

/** Platforms refuse a rule that is there twice, so rows that differ only in their reason become one. */
function mergeRules(rules: readonly Rule[]): Rule[] {
  const merged = new Map<string, { rule: Rule; reasons: Set<string> }>();
  for (const rule of rules) {
    const known = merged.get(ruleKey(rule));
    if (known === undefined) merged.set(ruleKey(rule), { rule, reasons: new Set([rule.reason]) });
    else known.reasons.add(rule.reason);
  }
  return [...merged]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { rule, reasons }]) => ({ ...rule, reason: [...reasons].join(' ') }));
}

function ruleKey({ from, to, protocol, ports }: Rule): string {
  const padded = [ports?.from ?? 0, ports?.to ?? 0].map((port) => String(port).padStart(5, '0'));
  return [to.name, from.name, protocol, ...padded].join(' ');
}

function keyOf({ family, from, to }: Range): string {
  return `${family} ${from} ${to}`;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function describe(host: string | undefined): string {
  return host === undefined ? 'an address without a host' : `host "${host}"`;
}

function isDay(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
