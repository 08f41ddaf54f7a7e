import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadPaths } from '../../inventory';
import { normalize, readDocuments } from '../../inventory/documents';
import { moduleFolder } from './support/go-modules';
import { ask } from './support/oracle';

/** Projects whose manifests nobody here wrote. */
const MODULES = [
  'github.com/argoproj/argo-cd/v3@v3.1.0',
  'github.com/cert-manager/cert-manager@v1.18.2',
  'knative.dev/serving@v0.46.0',
  'github.com/fluxcd/flux2/v2@v2.6.4',
];

interface Answer {
  readonly documents: readonly unknown[];
  readonly error?: string;
}

interface Disagreement {
  readonly text: string;
  readonly ours: Answer;
  readonly kubectl: Answer;
}

/** The documents up to the first that is broken, which is where kubectl stops. */
function read(text: string): Answer {
  const documents: unknown[] = [];
  for (const document of readDocuments(normalize(text))) {
    if (document.problem !== undefined) return { documents, error: document.problem };
    documents.push(document.value);
  }
  return { documents };
}

/** JSON with its keys in order, so that equal values are equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Asks kubectl's own packages about texts, and returns where they say something else. */
function disagreements(texts: readonly string[]): { wrong: Disagreement[]; accepted: number; refused: number } {
  const answers = ask<Answer>(
    'yaml',
    texts.map((text) => ({ text })),
  );
  let accepted = 0;
  let refused = 0;
  const wrong: Disagreement[] = [];
  for (const [index, kubectl] of answers.entries()) {
    const text = texts[index] ?? '';
    const ours = read(text);
    const isSame =
      kubectl.error === undefined
        ? ours.error === undefined && canonical(ours.documents) === canonical(kubectl.documents)
        : ours.error !== undefined;
    if (!isSame) wrong.push({ text, ours, kubectl });
    else if (kubectl.error === undefined) accepted++;
    else refused++;
  }
  return { wrong, accepted, refused };
}

function manifests(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Scalars at the edges of what YAML 1.1 and go-yaml make of them. */
const SCALARS = [
  'y Y yes Yes YES yEs n N no No NO on On ON off Off OFF true True TRUE tRUE false False FALSE null Null NULL nUll ~',
  '.nan .NaN .NAN .Nan .inf .Inf .INF +.inf -.inf -.Inf +.nan nan inf Infinity',
  '0 1 -1 +1 -0 +0 00 000 007 0777 08 09 0o7 0o777 0O7 0o8 0x1F 0X1f 0xg 0b11 0B11 0b12 -0b11 +0b11 0x 0b 0o',
  '0b-11 0b+11 -0b-1 1_000 _1 1_ 1__0 0_7 0x_1 0b_1 0_ +_1 1e1_0 1_0.5 1.5_0 ._5 .5_0 1_e3',
  '1e3 1E3 1e+3 1e-3 1. .5 -.5 +.5 .5e3 .5e 1.5 1.0 1.e3 0.0 -0.0 0.1e1 1e 1e+ e3 0x1p3 0x1.8p1 1e400 .5e400 1e-400',
  '9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 +9223372036854775808',
  '-9223372036854775808 -9223372036854775809 0xffffffffffffffff 0x1ffffffffffffffff 01777777777777777777777',
  '12:30:45 190:20:30 2001-01-01 2001-1-1 2001-01-01T00:00:00Z 1,000 $1 1k 100m 1Gi << = - -- + . .. ... +-1 1- 1+',
  'é 😀 http://x:1 a#b a:b -x ?x :x @x `x %x *x &x !x |x >x "x \'x {x [x }x ]x ,x #x a,b a]b a}b a[b a{b a?b x: __proto__',
]
  .flatMap((line) => line.split(' '))
  .concat('', 'a b', 'a: b', 'a #b', 'x: ', '- x', '2001-12-14 21:59:43.10 -5', '\u2028', '\u0085', 'a\tb');

const POSITIONS: readonly ((scalar: string) => string)[] = [
  (s) => `${s}\n`,
  (s) => `a: ${s}\n`,
  (s) => `a:\n  ${s}\n`,
  (s) => `- ${s}\n`,
  (s) => `${s}: v\n`,
  (s) => `a: {k: ${s}}\n`,
  (s) => `a: {${s}: v}\n`,
  (s) => `a: [${s}, ${s}]\nb: ${s}\n`,
  (s) => `a: "${s}"\n`,
  (s) => `a: '${s}'\n`,
  (s) => `"${s}": 1\n`,
  (s) => `'${s}': 1\n`,
  (s) => `- a: ${s}\n  ${s}: b\n`,
  (s) => `a: ${s} # c\n`,
  (s) => `a: ${s}\nb: 1\n`,
  (s) => `a: !!str ${s}\n`,
  (s) => `a: !!int ${s}\n`,
  (s) => `a: !!float ${s}\n`,
  (s) => `a: !!bool ${s}\n`,
  (s) => `a: !!null ${s}\n`,
  (s) => `a: !x ${s}\n`,
  (s) => `a: ! ${s}\n`,
  (s) => `a: &x ${s}\nb: *x\n`,
  (s) => `{"a": ${s}}\n`,
  (s) => `{"a": "${s}"}\n`,
  (s) => `{a: ${s}}\n`,
  (s) => `? ${s}\n: v\n`,
  (s) => `a: |\n  ${s}\n`,
  (s) => `a: >-\n  ${s}\n  ${s}\n`,
  (s) => `a: ${s}\n  ${s}\n`,
  (s) => `a: "${s}\n  ${s}"\n`,
];

const scalar = fc.oneof(
  fc.constantFrom(...SCALARS),
  fc.string({ unit: fc.constantFrom(...'0123456789+-._eExXbBoO'), minLength: 1, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...'01_abefntTruelN~:#, \t\'"{}[]&*!|>%@`?<=-'), minLength: 1, maxLength: 7 }),
);

/** Pieces that documents are made of, and broken with. */
const fragment = fc.constantFrom(
  ...[
    'a',
    'b: ',
    'k: v',
    'x y',
    '\n',
    '\n\n',
    ' ',
    '  ',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n  - ',
    '- ',
    '? ',
    ': ',
    '#',
    ' # c',
  ],
  ...[
    '|',
    '>',
    '|-',
    '>+',
    '|2',
    '>-1',
    '&a ',
    '*a',
    '!!str ',
    '!x ',
    '<<: *a\n',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '\\',
  ],
  ...[
    '\n---\n',
    '\n---\n# c\n',
    '\n--- # c\n',
    '---x',
    '\n...\n',
    '%YAML 1.1\n',
    '\t',
    '\n\t',
    '\r',
    '\r\n',
    '\u0085',
    '\u2028',
  ],
  ...[
    '{}',
    '[]',
    '""',
    '{a: b, c}',
    '[a: b]',
    '? [a]\n: b\n',
    '"a\n  b"',
    "'a\n\n b'",
    '\\x41',
    '@',
    'é',
    '😀',
    '\x07',
    '{{ .x }}',
  ],
  ...['__proto__: 1\n', '"__proto__": {}\n', 'constructor: 1\n', 'a: 1\n', '{"a": [1, {"b": null}]}', '1e3', '~'],
);

/** Changes a text in a few places. */
function mutated(text: string, changes: readonly (readonly [place: number, kind: number, piece: string])[]): string {
  let result = text;
  for (const [place, kind, piece] of changes) {
    const at = Math.floor(place * result.length);
    const line = result.lastIndexOf('\n', at) + 1;
    const next = result.indexOf('\n', at) + 1 || result.length;
    if (kind === 0) result = result.slice(0, at) + piece + result.slice(at);
    else if (kind === 1) result = result.slice(0, at) + result.slice(at + 2);
    else if (kind === 2) result = result.slice(0, line) + result.slice(next);
    else if (kind === 3) result = `${result.slice(0, line)}  ${result.slice(line)}`;
    else result = result.slice(0, line) + result.slice(line + 1);
  }
  return result;
}

/**
 * Whole characters only, as Go would have it. Empty lines end the text, because kubectl refuses JSON with less than four
 * bytes of something else behind it, and counts carriage returns there.
 */
function asFile(text: string): string {
  return `${Buffer.from(text).toString()}\n\n\n\n`;
}

test('every scalar means in every position what it means to kubectl', () => {
  const texts = SCALARS.flatMap((text) => POSITIONS.map((position) => position(text)));
  const generated = fc.sample(
    fc.tuple(scalar, fc.constantFrom(...POSITIONS)).map(([text, position]) => position(text)),
    { numRuns: 20_000, seed: 1 },
  );
  const { wrong, accepted, refused } = disagreements([...new Set([...texts, ...generated])]);
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(10_000);
  expect(refused).toBeGreaterThan(2_000);
});

test('documents made of odd pieces are read or refused as kubectl does', () => {
  const texts = fc.sample(
    fc.array(fragment, { minLength: 1, maxLength: 16 }).map((pieces) => pieces.join('')),
    { numRuns: 30_000, seed: 2 },
  );
  const { wrong, accepted, refused } = disagreements(texts.map(asFile));
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(3_000);
  expect(refused).toBeGreaterThan(3_000);
});

describe.each(MODULES)('the manifests of %s', (module) => {
  test('are each read or refused as by kubectl', () => {
    const texts = manifests(moduleFolder(module)).map((file) => readFileSync(file, 'utf8'));
    const { wrong, accepted } = disagreements(texts);
    expect(wrong).toEqual([]);
    expect(accepted).toBeGreaterThan(40);
  });

  test('are each read or refused as by kubectl when they are broken in a few places', () => {
    const texts = manifests(moduleFolder(module))
      .map((file) => readFileSync(file, 'utf8'))
      .filter((text) => text.length < 4_000);
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(4), fragment);
    const broken = fc.sample(
      fc
        .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }))
        .map(([text, changes]) => mutated(text, changes)),
      { numRuns: 5_000, seed: 3 },
    );
    expect(disagreements(broken.map(asFile)).wrong).toEqual([]);
  });

  test('load as a folder, each object with a place in its file', () => {
    const inventory = loadPaths([moduleFolder(module)]);
    expect(inventory.objects.length).toBeGreaterThan(20);
    const inUtf8 = inventory.objects.filter(({ origin }) => !origin.file.includes('utf-16'));
    const misplaced = inUtf8.filter((object) => {
      const at = inventory.locate(object, ['kind']);
      const line =
        at &&
        readFileSync(object.origin.file, 'utf8')
          .split(/\r?\n/)
          [at.line - 1]?.slice(at.column - 1);
      return line === undefined || !/^["']?kind["']?\s*:/.test(line) || !line.includes(object.kind);
    });
    expect(misplaced.map((object) => object.origin)).toEqual([]);
  });
});
