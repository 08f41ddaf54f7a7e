/** Sets of IPv4 and IPv6 addresses, with their algebra. Read strictly: what can be spelled in two ways is refused. */

export type Family = 4 | 6;

/** Addresses `from` to `to`, both included, as numbers. */
export interface Range {
  readonly family: Family;
  readonly from: bigint;
  readonly to: bigint;
}

/** Ranges in order (IPv4 first), none touching another: equal sets are equal arrays. */
export type AddressSet = readonly Range[];

const bitsOf: Record<Family, number> = { 4: 32, 6: 128 };

/** The greatest address of the family. */
function last(family: Family): bigint {
  return (1n << BigInt(bitsOf[family])) - 1n;
}

export const everyone: AddressSet = [
  { family: 4, from: 0n, to: last(4) },
  { family: 6, from: 0n, to: last(6) },
];

/**
 * An address or CIDR, in its one spelling: `192.0.2.0/24`, `2001:db8::/32`.
 *
 * @throws RangeError that says what was found and how to write it: leading zeros, host bits set, an IPv4 address inside an
 * IPv6 one, a zone, white space, a shortened IPv4 address
 */
export function parseAddresses(text: string): Range {
  const fail = (why: string): never => {
    throw new RangeError(`${JSON.stringify(text)} is not an address or CIDR: ${why}`);
  };
  if (typeof text !== 'string' || text.length > 64) return fail('expected a text like 192.0.2.0/24 or 2001:db8::/32');
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0) return fail('it has more than one "/"');
  const family: Family = address.includes(':') ? 6 : 4;
  const from = family === 4 ? parse4(address, fail) : parse6(address, fail);
  if (length === undefined) return { family, from, to: from };
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bitsOf[family])
    return fail(`the prefix length must be 0 to ${bitsOf[family]}, without leading zeros`);
  const hostBits = (1n << BigInt(bitsOf[family] - Number(length))) - 1n;
  if ((from & hostBits) !== 0n)
    return fail(`bits are set behind the prefix; write ${formatAddress(family, from & ~hostBits)}/${length}`);
  return { family, from, to: from | hostBits };
}

function parse4(text: string, fail: (why: string) => never): bigint {
  const parts = text.split('.');
  if (parts.length !== 4) return fail('an IPv4 address has four numbers');
  return parts.reduce((value, part) => {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)
      return fail(`"${part}" is not a number from 0 to 255 without leading zeros`);
    return (value << 8n) | BigInt(part);
  }, 0n);
}

function parse6(text: string, fail: (why: string) => never): bigint {
  if (text.includes('.')) return fail('an IPv4 address inside an IPv6 address is ambiguous; write the IPv4 address');
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return fail('"::" stands more than once');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const missing = 8 - groups(head).length - groups(tail ?? '').length;
  if (tail === undefined ? missing !== 0 : missing < 1) return fail('an IPv6 address has eight groups, or "::" once');
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail ?? '')];
  const value = all.reduce((sum, group) => {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return fail(`"${group}" is not a group of one to four hexadecimal digits`);
    return (sum << 16n) | BigInt(`0x${group}`);
  }, 0n);
  if (value >> 32n === 0xffffn) return fail('it is an IPv4 address mapped into IPv6; write the IPv4 address');
  return value;
}

/** The one spelling of an address: dotted decimal, or as RFC 5952 has it. */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const zeros = groups
    .map((_, start) => ({ start, length: groups.slice(start).findIndex((group) => group !== '0') }))
    .map(({ start, length }) => ({ start, length: length === -1 ? 8 - start : length }))
    .reduce((best, run) => (run.length > best.length ? run : best));
  if (zeros.length < 2) return groups.join(':');
  return `${groups.slice(0, zeros.start).join(':')}::${groups.slice(zeros.start + zeros.length).join(':')}`;
}

/** Any ranges, as a set. */
export function toSet(ranges: readonly Range[]): AddressSet {
  const sorted = [...ranges].sort((a, b) => a.family - b.family || compare(a.from, b.from));
  const set: Range[] = [];
  for (const range of sorted) {
    const before = set.at(-1);
    if (before !== undefined && before.family === range.family && range.from <= before.to + 1n) {
      if (range.to > before.to) set[set.length - 1] = { ...before, to: range.to };
    } else set.push(range);
  }
  return set;
}

export function union(...sets: readonly AddressSet[]): AddressSet {
  return toSet(sets.flat());
}

export function intersect(a: AddressSet, b: AddressSet): AddressSet {
  const common: Range[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a[i] as Range, b[j] as Range];
    if (x.family === y.family) {
      const from = compare(x.from, y.from) > 0 ? x.from : y.from;
      const to = compare(x.to, y.to) < 0 ? x.to : y.to;
      if (from <= to) common.push({ family: x.family, from, to });
    }
    if (x.family < y.family || (x.family === y.family && x.to < y.to)) i++;
    else j++;
  }
  return common;
}

export function complement(set: AddressSet): AddressSet {
  return ([4, 6] as const).flatMap((family) => {
    const gaps: Range[] = [];
    let next = 0n;
    for (const range of set.filter((candidate) => candidate.family === family)) {
      if (range.from > next) gaps.push({ family, from: next, to: range.from - 1n });
      next = range.to + 1n;
    }
    if (next <= last(family)) gaps.push({ family, from: next, to: last(family) });
    return gaps;
  });
}

export function subtract(a: AddressSet, b: AddressSet): AddressSet {
  return intersect(a, complement(b));
}

export function contains(outer: AddressSet, inner: AddressSet): boolean {
  return subtract(inner, outer).length === 0;
}

/** How many addresses of the family. */
export function size(set: AddressSet, family: Family): bigint {
  return set.reduce((sum, range) => (range.family === family ? sum + range.to - range.from + 1n : sum), 0n);
}

/** The fewest CIDRs that are exactly the set, in order. A single address of IPv4 ends in `/32`, of IPv6 in `/128`. */
export function toCidrs(set: AddressSet): string[] {
  return set.flatMap(({ family, from, to }) => {
    const cidrs: string[] = [];
    for (let start = from; start <= to; ) {
      let hostBits = 0;
      while (hostBits < bitsOf[family] && fits(start, BigInt(hostBits + 1), to)) hostBits++;
      cidrs.push(`${formatAddress(family, start)}/${bitsOf[family] - hostBits}`);
      start += 1n << BigInt(hostBits);
    }
    return cidrs;
  });
}

/** A set, short enough for one line. */
export function show(set: AddressSet): string {
  const cidrs = toCidrs(set).map((cidr) => cidr.replace(/(?<=\.\d+)\/32$|(?<=:.*)\/128$/, ''));
  return cidrs.length <= 3 ? cidrs.join(', ') : `${cidrs.slice(0, 3).join(', ')} and ${cidrs.length - 3} more`;
}

function fits(start: bigint, hostBits: bigint, to: bigint): boolean {
  const block = (1n << hostBits) - 1n;
  return (start & block) === 0n && start + block <= to;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
