import { BlockList } from 'node:net';
import fc from 'fast-check';
import {
  type AddressSet,
  complement,
  contains,
  everyone,
  type Family,
  formatAddress,
  intersect,
  parseAddresses,
  type Range,
  show,
  size,
  subtract,
  toCidrs,
  toSet,
  union,
} from '../../../stacks/firewall/addresses';

/** Small numbers and numbers at both ends, so that ranges touch, overlap and meet the limits of the family. */
const range: fc.Arbitrary<Range> = fc.constantFrom<Family>(4, 6).chain((family) => {
  const last = (1n << (family === 4 ? 32n : 128n)) - 1n;
  const near = fc.oneof(
    fc.bigInt(0n, 20n),
    fc.bigInt(0n, 20n).map((distance) => last - distance),
    fc.bigInt(0n, last),
  );
  return fc.tuple(near, near).map(([a, b]) => (a < b ? { family, from: a, to: b } : { family, from: b, to: a }));
});
const set: fc.Arbitrary<AddressSet> = fc.array(range, { maxLength: 6 }).map(toSet);

function law(check: (a: AddressSet, b: AddressSet, c: AddressSet) => void): void {
  fc.assert(fc.property(set, set, set, check), { numRuns: 200 });
}

test('union and intersection commute, associate and are idempotent', () => {
  law((a, b, c) => {
    expect(union(a, b)).toEqual(union(b, a));
    expect(intersect(a, b)).toEqual(intersect(b, a));
    expect(union(a, union(b, c))).toEqual(union(union(a, b), c));
    expect(intersect(a, intersect(b, c))).toEqual(intersect(intersect(a, b), c));
    expect(union(a, a)).toEqual(a);
    expect(intersect(a, a)).toEqual(a);
  });
});

test('each distributes over the other, and De Morgan holds', () => {
  law((a, b, c) => {
    expect(intersect(a, union(b, c))).toEqual(union(intersect(a, b), intersect(a, c)));
    expect(union(a, intersect(b, c))).toEqual(intersect(union(a, b), union(a, c)));
    expect(complement(union(a, b))).toEqual(intersect(complement(a), complement(b)));
  });
});

test('a set and its complement are everyone, and have nothing in common', () => {
  law((a) => {
    expect(union(a, complement(a))).toEqual(everyone);
    expect(intersect(a, complement(a))).toEqual([]);
    expect(complement(complement(a))).toEqual(a);
  });
});

test('what is subtracted is gone, the rest is there, and sizes add up', () => {
  law((a, b) => {
    expect(intersect(subtract(a, b), b)).toEqual([]);
    expect(union(subtract(a, b), intersect(a, b))).toEqual(a);
    expect(contains(a, intersect(a, b))).toBe(true);
    expect(contains(a, b)).toBe(
      union(a, b).length === a.length && size(union(a, b), 4) === size(a, 4) && size(union(a, b), 6) === size(a, 6),
    );
    for (const family of [4, 6] as const)
      expect(size(a, family) + size(b, family)).toBe(size(union(a, b), family) + size(intersect(a, b), family));
  });
});

test('CIDRs are exactly the set, and no two of them could be one', () => {
  law((a) => {
    const cidrs = toCidrs(a).map(parseAddresses);
    expect(toSet(cidrs)).toEqual(a);
    const mergeable = cidrs.filter(({ family, from, to }, index) => {
      const next = cidrs[index + 1];
      const double = 2n * (to - from + 1n);
      return (
        next?.family === family && next.from === to + 1n && next.to - next.from === to - from && from % double === 0n
      );
    });
    expect(mergeable).toEqual([]);
  });
});

test("the ends of a CIDR are where Node's own block list has them", () => {
  const prefix = fc.constantFrom<Family>(4, 6).chain((family) => {
    const bits = family === 4 ? 32 : 128;
    return fc.tuple(fc.constant(family), fc.bigInt(0n, (1n << BigInt(bits)) - 1n), fc.integer({ min: 1, max: bits }));
  });
  fc.assert(
    fc.property(prefix, ([family, value, length]) => {
      const bits = family === 4 ? 32 : 128;
      const network = (value >> BigInt(bits - length)) << BigInt(bits - length);
      const text = formatAddress(family, network);
      fc.pre(family === 4 || network >> 32n !== 0xffffn);
      const { from, to } = parseAddresses(`${text}/${length}`);
      const list = new BlockList();
      list.addSubnet(text, length, `ipv${family}`);
      const has = (address: bigint) => list.check(formatAddress(family, address), `ipv${family}`);
      expect([has(from), has(to)]).toEqual([true, true]);
      if (from > 0n) expect(has(from - 1n)).toBe(false);
      if (to < (1n << BigInt(bits)) - 1n) expect(has(to + 1n)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('an address is written as RFC 5952 has it, and read back', () => {
  const spelled: [string, string][] = [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1/128'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1/128'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1/128'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1/128'],
    ['::/0', '::/0'],
    ['fe80::/10', 'fe80::/10'],
    ['1::', '1::/128'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ];
  for (const [text, canonical] of spelled) expect(toCidrs([parseAddresses(text)])).toEqual([canonical]);
});

test.each([
  ['0/0', 'an IPv4 address has four numbers'],
  ['10.1', 'an IPv4 address has four numbers'],
  ['2130706433', 'an IPv4 address has four numbers'],
  ['0x7f.0.0.1', '"0x7f" is not a number from 0 to 255'],
  ['010.0.0.1', '"010" is not a number from 0 to 255 without leading zeros'],
  ['256.0.0.1', '"256" is not a number from 0 to 255'],
  ['1.2.3.4/0', 'bits are set behind the prefix; write 0.0.0.0/0'],
  ['10.0.0.1/24', 'bits are set behind the prefix; write 10.0.0.0/24'],
  ['2001:db8::1/32', 'bits are set behind the prefix; write 2001:db8::/32'],
  ['10.0.0.0/08', 'the prefix length must be 0 to 32, without leading zeros'],
  ['10.0.0.0/33', 'the prefix length must be 0 to 32'],
  ['10.0.0.0/', 'the prefix length must be 0 to 32'],
  ['10.0.0.0/8/8', 'more than one "/"'],
  ['10.0.0.0/255.0.0.0', 'the prefix length'],
  ['::/129', 'the prefix length must be 0 to 128'],
  ['::ffff:0:0/96', 'mapped into IPv6; write the IPv4 address'],
  ['::ffff:1.2.3.4', 'write the IPv4 address'],
  ['::ffff:102:304', 'mapped into IPv6; write the IPv4 address'],
  ['1:2:3:4:5:6:7', 'an IPv6 address has eight groups'],
  ['1:2:3:4:5:6:7:8:9', 'an IPv6 address has eight groups'],
  ['1::2::3', '"::" stands more than once'],
  ['1:2:3:4:5:6:7::8', 'an IPv6 address has eight groups'],
  ['fe80::1%eth0', 'is not a group'],
  ['12345::', 'is not a group'],
  [' 10.0.0.1', 'is not a number'],
  ['10.0.0.1\n', 'is not a number'],
  ['', 'an IPv4 address has four numbers'],
  ['localhost', 'an IPv4 address has four numbers'],
  [':', 'eight groups'],
  [`${':'.repeat(100)}`, 'expected a text like'],
  [undefined as unknown as string, 'expected a text like'],
])('%j is refused', (text, why) => {
  expect(() => parseAddresses(text)).toThrow(why);
  expect(() => parseAddresses(text)).toThrow(RangeError);
});

test('a long set is shown by its beginning', () => {
  expect(show(toSet(['10.0.0.1', '10.0.0.3', '10.0.0.5', '2001:db8::1'].map(parseAddresses)))).toBe(
    '10.0.0.1, 10.0.0.3, 10.0.0.5 and 1 more',
  );
});
