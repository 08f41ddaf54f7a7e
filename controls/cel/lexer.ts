import { CelSyntaxError } from './errors';
import { double, int, Uint } from './values';

export type Token =
  | {
      readonly kind: 'literal';
      readonly at: number;
      readonly end: number;
      readonly text: string;
      readonly value: unknown;
    }
  | { readonly kind: 'ident' | 'sign' | 'end'; readonly at: number; readonly end: number; readonly text: string };

// One alternative for each group of cel-go's grammar (parser/gen/CEL.g4); the longest reading comes first.
const token = new RegExp(
  [
    /(?<space>(?:[\t \r\n\f]|\/\/[^\n]*)+)/,
    /(?<text>[bB]?(?:[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[^\n\r]|[^\\"\n\r])*"|'(?:\\[^\n\r]|[^\\'\n\r])*'))/,
    /(?<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/,
    /(?<integer>(?:0x[\da-fA-F]+|\d+)[uU]?)/,
    /(?<ident>[A-Za-z_]\w*)/,
    /(?<sign>==|!=|<=|>=|&&|\|\||[[\](){}<>.,\-!?:+*/%])/,
  ]
    .map((part) => part.source)
    .join('|'),
  'y',
);

const words = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Splits a source into tokens, the last of which is `end`. Integers are still unsigned: `-` is the parser's. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (!match?.groups) throw new CelSyntaxError(unreadable(source[at] ?? ''), source, at);
    const text = match[0];
    const end = at + text.length;
    const groups = match.groups;
    if (groups.text !== undefined) {
      tokens.push({ kind: 'literal', at, end, text, value: textLiteral(text, source, at) });
    } else if (groups.double !== undefined) {
      tokens.push({ kind: 'literal', at, end, text, value: doubleLiteral(text, source, at) });
    } else if (groups.integer !== undefined) {
      tokens.push({ kind: 'literal', at, end, text, value: integerLiteral(text, source, at) });
    } else if (groups.ident !== undefined) {
      if (words.has(text)) tokens.push({ kind: 'literal', at, end, text, value: words.get(text) });
      else tokens.push({ kind: text === 'in' ? 'sign' : 'ident', at, end, text });
    } else if (groups.sign !== undefined) {
      tokens.push({ kind: 'sign', at, end, text });
    }
    at = end;
  }
  tokens.push({ kind: 'end', at: source.length, end: source.length, text: 'end of the expression' });
  return tokens;
}

function unreadable(character: string): string {
  if (character === '"' || character === "'") return 'this string is not closed, or holds an invalid escape';
  if (character === '`') return 'quoted field names are not enabled in Kubernetes; use ["…"]';
  return `unexpected character ${JSON.stringify(character)}`;
}

function doubleLiteral(text: string, source: string, at: number): unknown {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new CelSyntaxError(`${text} does not fit a double`, source, at);
  return double(value);
}

/** An int, which may be 2^63 where a minus sign is to come before it, or a uint. */
function integerLiteral(text: string, source: string, at: number): unknown {
  const unsigned = /u$/i.test(text);
  const value = BigInt(unsigned ? text.slice(0, -1) : text);
  if (unsigned) {
    if (value >= 2n ** 64n) throw new CelSyntaxError(`${text} does not fit a uint (64 bits)`, source, at);
    return new Uint(value);
  }
  if (value > 2n ** 63n) throw new CelSyntaxError(`${text} does not fit an int (64 bits)`, source, at);
  return int(value);
}

function textLiteral(literal: string, source: string, at: number): string | Uint8Array {
  const [, bytes, raw, quote] = /^([bB]?)([rR]?)("""|'''|"|')/.exec(literal) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const body = literal.slice(bytes.length + raw.length + quote.length, literal.length - quote.length);
  const text = body.replace(/\r\n?/g, '\n');
  if (raw !== '') return bytes === '' ? text : new TextEncoder().encode(text);
  return bytes === '' ? unescapeString(text, source, at) : unescapeBytes(text, source, at);
}

const escapes = /\\(?:([abfnrtv\\'"`?])|[xX]([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|[\s\S])/g;
const simple: Record<string, number> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
};

function unescapeString(text: string, source: string, at: number): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    escapes,
    (sequence, plain?: string, hex?: string, short?: string, long?: string, octal?: string) => {
      const code =
        plain !== undefined
          ? simple[plain]
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : codeOf(hex ?? short ?? long);
      if (code === undefined || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        throw new CelSyntaxError(`invalid sequence ${sequence}`, source, at);
      }
      return String.fromCodePoint(code);
    },
  );
}

function codeOf(hex: string | undefined): number | undefined {
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

function unescapeBytes(text: string, source: string, at: number): Uint8Array {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  let from = 0;
  for (const match of text.matchAll(escapes)) {
    bytes.push(...encoder.encode(text.slice(from, match.index)));
    const [sequence, plain, hex, , , octal] = match;
    const code = plain !== undefined ? simple[plain] : octal !== undefined ? Number.parseInt(octal, 8) : codeOf(hex);
    if (code === undefined) throw new CelSyntaxError(`invalid sequence ${sequence} in bytes`, source, at);
    bytes.push(code);
    from = match.index + sequence.length;
  }
  bytes.push(...encoder.encode(text.slice(from)));
  return Uint8Array.from(bytes);
}
