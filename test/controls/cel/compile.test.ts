import { CelError, CelSyntaxError, compile } from '../../../controls/cel';

function refusal(source: string, variables?: readonly string[]): CelSyntaxError {
  try {
    compile(source, variables && { variables });
  } catch (error) {
    if (error instanceof CelSyntaxError) return error;
    throw error;
  }
  throw new Error(`${source} compiles`);
}

test('a syntax error points to its line and column', () => {
  const error = refusal('object.spec.all(c,\n  c.name == )');
  expect([error.line, error.column]).toEqual([2, 13]);
  expect(error.message).toBe(
    'expected a value, a name or an opening bracket, found ")" (line 2, column 13)\n' +
      '  |   c.name == )\n' +
      '  |             ^',
  );
});

test('of a very long line only the surroundings of the error are shown', () => {
  const lines = refusal(`${'1 + '.repeat(100)}) + ${'1 + '.repeat(100)}`).message.split('\n');
  expect(lines[1]).toMatch(/^ {2}\| …/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(140);
  expect(lines[1]?.[lines[2]?.indexOf('^') ?? 0]).toBe(')');
});

test('an undeclared variable is refused where variables are declared', () => {
  expect(refusal('objekt.spec == null', ['object', 'variables']).message).toMatch(
    /^undeclared variable "objekt"; there are object, variables \(line 1, column 1\)/,
  );
  expect(compile('objekt == 1')({ objekt: 1 })).toBe(true);
});

test('variables of macros need no declaration, and end with the macro', () => {
  expect(compile('[1].all(x, x == 1)', { variables: [] })({})).toBe(true);
  expect(refusal('[1].all(x, x == 1) && x', []).message).toMatch(/undeclared variable "x"/);
});

test.each([
  ['math.greatest(1, 2)', /no function "greatest"/],
  ['base64.encode(b"a")', /no function "encode"/],
  ['"a".foo()', /no function "foo"/],
])('%s is refused, for Kubernetes lacks it', (source, message) => {
  expect(refusal(source).message).toMatch(message);
});

test.each(['size()', 'size(1)', '"a".startsWith()', '"a".startsWith("a", "b")', '1 + "a"', '[1, "a"]', '1 == "1"'])(
  '%s is refused for the types or the number of its operands',
  (source) => {
    expect(() => compile(source)).toThrow(CelSyntaxError);
  },
);

test('what a variable may hold is known only when it is evaluated', () => {
  expect(() => compile('x + "a"')({ x: 1 })).toThrow(new CelError('no such overload: +(int, string)'));
  expect(() => compile('x.a')({ x: {} })).toThrow(new CelError('no such key: a'));
});

test('a constant that fails is refused even where it is not reached', () => {
  expect(() => compile('true || "a".matches("[")')).toThrow(CelSyntaxError);
  expect(() => compile('true || duration("1 day") > duration("0")')).toThrow(CelSyntaxError);
});

test('source that nests or grows beyond the limits of cel-go is refused', () => {
  expect(refusal(`${'('.repeat(300)}1${')'.repeat(300)}`).message).toMatch(/deeper than 250 levels/);
  expect(refusal(`1${'+1'.repeat(300)}`).message).toMatch(/deeper than 250 levels/);
  expect(refusal(`a${'.a'.repeat(300)}`).message).toMatch(/deeper than 250 levels/);
  expect(refusal(`"${'a'.repeat(100_001)}"`).message).toMatch(/longer than 100000 characters/);
  expect(compile(`true${' && true'.repeat(1000)}`)({})).toBe(true);
});

test('a variable is a getter where the activation has one, called only where it is used', () => {
  let calls = 0;
  const activation = Object.defineProperty({}, 'lazy', {
    get: () => {
      calls++;
      return 5;
    },
  });
  expect(compile('false && lazy == 5')(activation)).toBe(false);
  expect(calls).toBe(0);
  expect(compile('lazy == 5')(activation)).toBe(true);
  expect(calls).toBe(1);
});

test('a program evaluates within another', () => {
  const inner = compile('l.map(x, x * 2)');
  const outer = compile('l.all(x, doubled.exists(d, d == x * 2))');
  const l = [1, 2, 3];
  const activation = {
    l,
    get doubled() {
      return inner({ l });
    },
  };
  expect(outer(activation)).toBe(true);
});

test('patches and objects of mutating policies evaluate to maps', () => {
  const patch = compile('[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b~c"), value: "x"}]')(
    {},
  );
  expect(patch).toEqual([
    new Map([
      ['op', 'add'],
      ['path', '/metadata/labels/a~1b~0c'],
      ['value', 'x'],
    ]),
  ]);
});

describe('where objects must be typed', () => {
  const typed = (source: string, x: unknown) => compile(source, { typed: true })({ x });

  test.each([
    ['x.?a.orValue(false)', 'none', 'found a string, which has no fields'],
    ['x.?a.?b.orValue(false)', { a: 1 }, 'found a number, which has no fields'],
    ['x.?a.b.hasValue()', { a: true }, 'found a bool, which has no fields'],
    ['x.?a[?"b"].hasValue()', { a: 'none' }, 'found a string, which has no fields'],
    ['has(x.a.b)', { a: 'none' }, 'found a string, which has no fields'],
    ['x.?a.orValue(false)', { a: 'true' }, 'found a string, expected a bool'],
    ['x.?a.orValue(1) != 0', { a: '0' }, 'found a string, expected a number'],
    ['x.?a.orValue("") == ""', { a: 0 }, 'found a number, expected a string'],
    ['"ALL" in x.?a.orValue([])', { a: { ALL: 1 } }, 'found a map, expected a list'],
    ['x.?a.orValue({}).size() == 0', { a: [] }, 'found a list, expected a map'],
  ])('%s is an error for %j', (source, x, message) => {
    expect(() => typed(source, x)).toThrow(new CelError(message));
    expect(() => compile(source)({ x })).not.toThrow(message);
  });

  test.each([
    ['x.?a.?b.orValue(false)', {}, false],
    ['x.?a.?b.orValue(false)', { a: {} }, false],
    ['x.?a.?b.orValue(false)', { a: { b: true } }, true],
    ['x.?a.orValue(1)', { a: 1.5 }, 1.5],
    ['x.?a.orValue([])', { a: ['b'] }, ['b']],
    ['x.?a.orValue(null)', { a: 'b' }, 'b'],
    ['x.?a.orValue(x.b)', { a: 'b', b: 5 }, 'b'],
    ['has(x.a)', {}, false],
  ])('%s has its value for %j', (source, x, value) => {
    expect(typed(source, x)).toEqual(value);
  });
});
