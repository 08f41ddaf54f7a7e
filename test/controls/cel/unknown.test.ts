import { CelError, compile, UNKNOWN } from '../../../controls/cel';

function outcome(source: string, activation: Record<string, unknown>): unknown {
  try {
    return compile(source)(activation);
  } catch (error) {
    if (error instanceof CelError) return error.unknown ? 'unknown' : 'error';
    throw error;
  }
}

test.each([
  'x',
  'x.a',
  'x == 1',
  'x != "a"',
  'x < 1',
  'x + 1',
  '-x',
  '!x',
  'x[0]',
  '[1][x]',
  'x in [1]',
  'x in ["a"]',
  'x ? 1 : 2',
  'x && true',
  'size(x)',
  'x.matches("a")',
  'type(x)',
  'string(x)',
  'has(x.a)',
  'x.?a',
  'x[?0]',
  'x.all(e, true)',
  '"%s".format([x])',
  '{x: 1}',
])('%s of an unknown x is unknown', (source) => {
  expect(outcome(source, { x: UNKNOWN })).toBe('unknown');
});

test.each([
  ['x.a == 1 || true', true],
  ['true || x.a == 1', true],
  ['x.a == 1 && false', false],
  ['false ? x.a : 3', 3],
  ['[x.a, x.b].size() == 2', true],
  ['x.b == 1', true],
])('%s does not need the unknown x.a', (source, expected) => {
  expect(outcome(source, { x: { a: UNKNOWN, b: 1 } })).toBe(expected);
});

test('whether an unknown field is there is unknown too, for its value may turn out to be none', () => {
  expect(outcome('has(x.a)', { x: { a: UNKNOWN } })).toBe('unknown');
  expect(outcome('x.?a.hasValue()', { x: { a: UNKNOWN } })).toBe('unknown');
  expect(outcome('"a" in x', { x: { a: UNKNOWN } })).toBe('unknown');
});

test('all() and exists() absorb an unknown element where another one decides', () => {
  expect(outcome('l.exists(e, e == 1)', { l: [UNKNOWN, 1] })).toBe(true);
  expect(outcome('l.exists(e, e == 1)', { l: [UNKNOWN, 2] })).toBe('unknown');
  expect(outcome('l.all(e, e == 1)', { l: [UNKNOWN, 2] })).toBe(false);
  expect(outcome('l.all(e, e == 1)', { l: [1, UNKNOWN] })).toBe('unknown');
});

test('unknown outweighs error', () => {
  expect(outcome('1 / 0 == 1 && x', { x: UNKNOWN })).toBe('unknown');
  expect(outcome('x || 1 / 0 == 1', { x: UNKNOWN })).toBe('unknown');
});

test('two structures that differ in what is known are different', () => {
  expect(outcome('x == {"a": 1, "b": 2}', { x: { a: UNKNOWN, b: 3 } })).toBe(false);
  expect(outcome('x == {"a": 1, "b": 2}', { x: { a: UNKNOWN, b: 2 } })).toBe('unknown');
  expect(outcome('"b" in l', { l: [UNKNOWN, 'b'] })).toBe(true);
  expect(outcome('"c" in l', { l: [UNKNOWN, 'b'] })).toBe('unknown');
});

test('what only an API server can answer is unknown', () => {
  const check = 'authorizer.group("apps").resource("deployments").check("create").allowed()';
  expect(outcome(check, { authorizer: UNKNOWN })).toBe('unknown');
  expect(outcome(`${check} || true`, { authorizer: UNKNOWN })).toBe(true);
});
