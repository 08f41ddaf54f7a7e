import fc from 'fast-check';
import { parseFast } from '../../../inventory/yaml/fast';
import { parseFull } from '../../../inventory/yaml/full';
import { parseJson } from '../../../inventory/yaml/json';
import { type Marks, type Parsed, SyntaxProblem } from '../../../inventory/yaml/parsed';

/** A value with, beside each collection, where its parts begin. */
function withMarks(parsed: Parsed, marks: Marks): unknown {
  const visit = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    return { at: [...(marks.get(value) ?? [])], parts: Object.entries(value).map(([key, part]) => [key, visit(part)]) };
  };
  return { value: visit(parsed.value), duplicates: parsed.duplicates };
}

function fast(text: string): unknown {
  const marks: Marks = new Map();
  const parsed = parseFast(text, 0, text.length, marks);
  return parsed && withMarks(parsed, marks);
}

function full(text: string): unknown {
  const marks: Marks = new Map();
  return withMarks(parseFull(text, 0, text.length, marks), marks);
}

const value = (text: string) => parseFull(text, 0, text.length).value;

const piece = fc.constantFrom(
  ...['a', 'b: ', 'k: v', 'x y', '\n', '\n\n', ' ', '  ', '\n  ', '\n    ', '\n- ', '\n  - ', '- ', ': ', ' # c', '#'],
  ...[
    '|',
    '>',
    '|-',
    '>+',
    '|2',
    '"',
    "'",
    '"q"',
    "'it''s'",
    '"\\n\\x41"',
    '"a\n  b"',
    "'a\n\n b'",
    '{}',
    '[]',
    '[a, "b"]',
  ],
  ...[
    '{a: b, "c": 1}',
    '{',
    '}',
    ', ',
    '&a ',
    '*a',
    '!!str ',
    '<<: ',
    '...',
    '1e3',
    '~',
    'a: 1\n',
    '__proto__: 1\n',
    '\t',
  ],
);

test('whatever the fast parser takes it understands as the full one does: values, duplicates, positions', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 14 }), (pieces) => {
      const text = `${pieces.join('')}\n`;
      const parsed = fast(text);
      if (parsed === undefined) return;
      taken++;
      expect(parsed).toEqual(full(text));
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect(taken).toBeGreaterThan(500);
});

test.each([
  ['a mapping', 'apiVersion: v1\nmetadata:\n  name: a # b\n  "x": \'y\'\n'],
  ["a list in its parent's column", 'args:\n- a\n- b: 1\n  c: 2\n-\n  - d\n'],
  ['block scalars', 'a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n\n  z\nc: |+\n\n  x\n\nd: |2\n   x\n'],
  ['flow collections over lines', 'a: [1, {b: "c",\n  d: e}, ]\nf: {}\n'],
  ['plain text over lines', 'a: x\n  y\n\n  z\nb: c\n'],
  ['quoted text over lines', 'a: "x\n  y\\\n  z"\nb: \'x\n\n  y\'\n'],
])('the fast parser takes %s', (_, text) => {
  expect(fast(text)).toEqual(full(text));
});

test('the fast parser leaves text that holds an end mark in the first column to the full one', () => {
  for (const text of ['a: "b\n...\nc"\n', '...\n', 'a: b\n... c: d\n']) expect(fast(text)).toBeUndefined();
});

test('anchors, aliases and merge keys mean what they mean to go-yaml, where a later merge wins', () => {
  expect(value('a: &a {x: 1, z: 2}\nb: *a\nc: {x: 0, <<: *a, z: 3}\nd: {<<: [{z: 1}, {z: 2}]}\n')).toEqual({
    a: { x: 1, z: 2 },
    b: { x: 1, z: 2 },
    c: { x: 1, z: 3 },
    d: { z: 1 },
  });
});

test('tags decide over what a scalar looks like', () => {
  expect(value('a: !!str 1\nb: !!int "1"\nc: !!float 1\nd: !own 1\ne: !!binary aGk=\n')).toEqual({
    a: '1',
    b: 1,
    c: 1,
    d: '1',
    e: 'hi',
  });
});

test.each([
  ['an alias without anchor', 'a: *b\n', 3],
  ['an anchor in itself', 'a: &a [*a]\n', 7],
  ['a collection as key', '? [a]\n: b\n', 2],
  ['a value that is no !!int', 'a: !!int b\n', 9],
  ['a number that JSON has not', 'a: .inf\n', 3],
  ['a control character', 'a: b\x07\n', 4],
  ['a tab that indents', 'a:\n\tb: c\n', 3],
  ['a second colon', 'a: b: c\n', 4],
  ['an open quote', 'a: "b\n', 3],
  ['an end mark within quotes', 'a: "b\n...\nc"\n', 6],
])('%s is refused where it stands', (_, text, offset) => {
  expect(() => parseFull(text, 0, text.length)).toThrow(expect.objectContaining({ offset }));
});

test('a document that aliases blow up is refused, one that uses them much is not', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 20; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]`);
  const bomb = `${lines.join('\n')}\n`;
  expect(() => parseFull(bomb, 0, bomb.length)).toThrow('aliases make this document too large');

  const shared = `a: &a {x: 1, y: 2, z: 3}\n${Array.from({ length: 200 }, (_, i) => `b${i}: *a\n`).join('')}`;
  expect(Object.keys(value(shared) as object)).toHaveLength(201);
});

/** Twelve anchors, each a hundred lists around the one before; enough else that aliases are not excessive. */
const aliasesInAliases = [
  `padding: [${'x, '.repeat(1_000)}]`,
  'a0: &a0 []',
  ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} ${'['.repeat(100)}*a${i}${']'.repeat(100)}`),
].join('\n');

test.each([
  ['lists in lists', '- '.repeat(100_000)],
  ['brackets', '['.repeat(100_000)],
  ['braces behind an anchor', `&a ${'{a: '.repeat(100_000)}`],
  ['aliases in aliases', aliasesInAliases],
])('%s by the thousand are refused, not followed until the stack ends', (_, text) => {
  const document = `${text}\n`;
  expect(() => parseFast(document, 0, document.length) ?? parseFull(document, 0, document.length)).toThrow(
    'nested more than 1000 levels deep',
  );
});

test.each([
  'block: 1\n__proto__:\n  polluted: 1\n',
  '{block: 1, __proto__: {polluted: 1}}\n',
  '&a block: 1\n__proto__: {polluted: 1}\n',
])('a member named __proto__ is a member like any other (%j)', (text) => {
  const parsed = (parseFast(text, 0, text.length) ?? parseFull(text, 0, text.length)).value as object;
  expect(Object.keys(parsed)).toEqual(['block', '__proto__']);
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('JSON means what JSON.parse makes of it, whatever the value', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), fc.nat(3), (json, indent) => {
      const expected = JSON.parse(json);
      const text = JSON.stringify(expected, null, indent);
      const marks: Marks = new Map();
      const parsed = parseJson(text, 0, marks);
      expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(expected));
      expect(parsed.end).toBe(text.length);
    }),
    { seed: 1 },
  );
});

test('a JSON document knows where its members and elements begin, and what came twice', () => {
  const marks: Marks = new Map();
  const text = '{"a": [1, {"b": 2}], "a": 3, "c": [4]}';
  const { value: parsed, duplicates } = parseJson(text, 0, marks);
  expect(parsed).toEqual({ a: 3, c: [4] });
  expect(duplicates).toEqual([{ key: 'a', offset: 21 }]);
  expect(marks.get(parsed as object)).toEqual(
    new Map([
      ['a', 21],
      ['c', 29],
    ]),
  );
});

test.each([
  '{"a": 1,}',
  '{a: 1}',
  '{"a": 01}',
  '{"a": "\n"}',
  '{"a": "\\x"}',
  '{"a"',
  '{"a": 1e999}',
  `${'['.repeat(5_000)}`,
])('%j is no JSON to Kubernetes', (text) => {
  expect(() => parseJson(text, 0)).toThrow(SyntaxProblem);
});
