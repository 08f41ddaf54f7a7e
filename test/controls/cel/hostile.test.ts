import { CelError, compile, toJson } from '../../../controls/cel';

const evaluate = (source: string, activation: Record<string, unknown> = {}) => compile(source)(activation);

test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'])(
  'a field "%s" is there only where it is written',
  (field) => {
    const absent = JSON.parse('{"a": {}}') as Record<string, unknown>;
    expect(evaluate(`has(x.${field})`, { x: absent })).toBe(false);
    expect(evaluate(`"${field}" in x`, { x: absent })).toBe(false);
    expect(evaluate(`x.?${field}.hasValue()`, { x: absent })).toBe(false);
    expect(() => evaluate(`x.${field}`, { x: absent })).toThrow(CelError);
    expect(() => evaluate(`x["${field}"]`, { x: absent })).toThrow(CelError);

    const present = JSON.parse(`{"${field}": 5}`) as Record<string, unknown>;
    expect(evaluate(`has(x.${field})`, { x: present })).toBe(true);
    expect(evaluate(`x.${field}`, { x: present })).toBe(5);
    expect(evaluate(`x == {"${field}": 5}`, { x: present })).toBe(true);
    expect(evaluate('x.all(k, x[k] == 5)', { x: present })).toBe(true);
  },
);

test('a variable is an own property of the activation', () => {
  expect(() => evaluate('toString == 1')).toThrow(new CelError('no such variable: toString'));
  expect(() => evaluate('__proto__ == 1')).toThrow(CelError);
});

test('objects without a prototype are maps', () => {
  const x = Object.assign(Object.create(null), { a: 1 });
  expect(evaluate('has(x.a) && x.a == 1 && !has(x.constructor)', { x })).toBe(true);
});

test('fields of arrays, strings and numbers of JavaScript are no fields of CEL', () => {
  for (const x of [[1], 'abc', 1, true, null]) expect(() => evaluate('x.length', { x })).toThrow(CelError);
});

test('__proto__ in a result is a property like any other', () => {
  const json = toJson(evaluate('{"__proto__": {"admin": true}}')) as Record<string, unknown>;
  expect(Object.keys(json)).toEqual(['__proto__']);
  expect(json.admin).toBeUndefined();
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

test('data may nest deeper than the stack of JavaScript', () => {
  const activation = { x: nested(100_000), y: nested(100_000), z: nested(99_999) };
  expect(evaluate('x == y', activation)).toBe(true);
  expect(evaluate('x == z', activation)).toBe(false);
  expect(evaluate('x in [y]', activation)).toBe(true);
  expect(evaluate('x.flatten(1000000).size()', activation)).toBe(1);
  expect(() => evaluate('"%s".format([x])', activation)).toThrow(/nests deeper/);
  expect(() => toJson(evaluate('x', activation))).toThrow(/nests deeper/);
});

const ten = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]';

test.each([
  ['nested macros', `${ten}.all(a, `.repeat(8).concat('true', ')'.repeat(8))],
  ['a long range', 'lists.range(9223372036854775807).size() > 0'],
  ['many ranges', 'lists.range(1000).all(i, lists.range(1000).size() > 0 && lists.range(1000).size() > 0)'],
  ['text that doubles', `["aaaaaaaaaa"]${'.map(x, x + x)'.repeat(40)} == []`],
  ['text that squares', `["aaaaaaaaaa"]${'.map(x, x.replace("", x))'.repeat(8)} == []`],
  ['text that multiplies', `["aaaaaaaaaa"]${'.map(x, "%s%s%s%s".format([x, x, x, x]))'.repeat(40)} == []`],
  ['a list that doubles', `[[1, 2]]${'.map(x, x + x)'.repeat(40)} == []`],
  ['quadratic functions', 'lists.range(100000).distinct() == lists.range(100000).distinct()'],
  ['searching in a loop', 'lists.range(10000).all(i, i in lists.range(10000))'],
])('%s ends with an error, which || does not absorb', (_name, source) => {
  expect(() => evaluate(`${source} || true`)).toThrow(/costs more than 1,000,000 steps/);
});

test('the budget is that of one evaluation', () => {
  const program = compile('lists.range(300000).size() == 300000');
  for (let run = 0; run < 10; run++) expect(program({})).toBe(true);
});

test('a pattern that makes backtracking engines hang is matched in linear time', () => {
  expect(evaluate('x.matches("(a+)+$")', { x: `${'a'.repeat(5000)}b` })).toBe(false);
});

test('an exponent without end is refused', () => {
  expect(() => evaluate('isQuantity("1e-2000000000")')).toThrow(/exponent/);
});
