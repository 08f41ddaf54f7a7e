import { CelError, compile, toJson } from '../../../controls/cel';
import { typed } from './typed';

const evaluate = (source: string, activation: Record<string, unknown> = {}) => compile(source)(activation);

test.each<[unknown, unknown]>([
  [1, { int: '1' }],
  [1.5, { double: '1.5' }],
  [2 ** 63, { double: '9.223372036854776e+18' }],
  [-(2 ** 63), { int: '-9223372036854775808' }],
])('the JSON number %p is %p', (x, expected) => {
  expect(typed(evaluate('x', { x }))).toEqual(expected);
});

test('integers are exact beyond 2^53, and end with 64 bits', () => {
  expect(evaluate('9007199254740993 + 2')).toBe(9007199254740995n);
  expect(evaluate('9007199254740993 - 2')).toBe(9007199254740991);
  expect(() => evaluate('9223372036854775807 + 1')).toThrow(new CelError('integer overflow'));
});

test('results become plain JSON', () => {
  const entries = {
    int: '1',
    double: '1.0',
    uint: '2u',
    bytes: 'b"ab"',
    time: 'timestamp("2020-01-01T00:00:00Z")',
    span: 'duration("90s")',
    ip: 'ip("::1")',
    some: 'optional.of(1)',
    none: 'optional.none()',
    list: '[optional.none(), optional.of([null])]',
  };
  const source = Object.entries(entries).map(([key, value]) => `"${key}": dyn(${value})`);
  const json = toJson(evaluate(`{${source.join(', ')}}`));
  expect(json).toEqual({
    int: 1,
    double: 1,
    uint: 2,
    bytes: 'YWI=',
    time: '2020-01-01T00:00:00Z',
    span: '90s',
    ip: '::1',
    some: 1,
    list: [[null]],
  });
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
});

test('maps keep their keys as text', () => {
  expect(toJson(evaluate('{1: "a", 2: "b"}'))).toEqual({ 1: 'a', 2: 'b' });
  expect(toJson(evaluate('{true: 1u}'))).toEqual({ true: 1 });
});

test('what JSON cannot hold is an error', () => {
  expect(() => toJson(evaluate('quantity("1")'))).toThrow(new CelError('kubernetes.Quantity has no form in JSON'));
  expect(() => toJson(evaluate('type(1)'))).toThrow(CelError);
});
