import type { Json } from '../object';
import { type Duplicate, LimitProblem, MAX_DEPTH, type Marks, type Members, type Parsed, setMember } from './parsed';
import { unquote } from './quoted';
import { canResolve, keyOf, resolvePlain } from './scalars';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const PLUS = 0x2b;
const COMMA = 0x2c;
const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const BAR = 0x7c;
const CLOSE_BRACE = 0x7d;

/** A simple key may be no longer: YAML 1.1, 9.2.1. */
const MAX_KEY = 1024;

/** First characters of plain scalars that need no second look. */
const startsPlain = new Uint8Array(128);
for (const c of '$()+./0123456789;<=ABCDEFGHIJKLMNOPQRSTUVWXYZ\\^_abcdefghijklmnopqrstuvwxyz~')
  startsPlain[c.charCodeAt(0)] = 1;

const INTERNED = 4096;
const INTERNED_LENGTH = 40;

/** Thrown for whatever is outside the subset: the full parser then has the word. */
const declined = new Error('outside the subset');

/**
 * Parses the YAML that manifests are made of: block collections, plain and quoted scalars, block scalars, flow
 * collections and comments. Anything else, anything doubtful and anything wrong is left to the full parser.
 *
 * The text must end with a newline at `end`, hold no line break but `\n` and no control character.
 *
 * @param marks filled with the offsets of keys and elements, when given
 * @returns undefined for a document outside the subset
 * @throws LimitProblem when the document is nested too deeply
 */
export function parseFast(text: string, start: number, end: number, marks?: Marks): Parsed | undefined {
  try {
    return new FastParser(text, end, marks).document(start);
  } catch (error) {
    if (error === declined) return undefined;
    throw error;
  }
}

const keyTexts: (string | undefined)[] = new Array(INTERNED).fill(undefined);
const keyNames: string[] = new Array(INTERNED).fill('');
const scalarTexts: (string | undefined)[] = new Array(INTERNED).fill(undefined);
const scalarValues: (string | number | boolean | null)[] = new Array(INTERNED).fill(null);

class FastParser {
  /** The next character to be read; after {@link nextLine} the first of a line's content. */
  private at = 0;
  /** The column of the line's content; -1 at the end of the document. */
  private indent = 0;
  /** Where the current line begins. */
  private line = 0;
  private depth = 0;
  private readonly duplicates: Duplicate[] = [];

  constructor(
    private readonly text: string,
    private readonly end: number,
    private readonly marks: Marks | undefined,
  ) {}

  document(start: number): Parsed {
    this.at = start;
    if (this.text.startsWith('---', start)) {
      this.at = start + 3;
      const next = this.text.charCodeAt(this.at);
      if (next !== SPACE && next !== NEWLINE) throw declined;
      this.endLine();
    } else {
      this.line = start;
      this.nextLine();
    }
    if (this.indent === -1) return { value: null, duplicates: this.duplicates };
    const value = this.block(-1);
    if (this.indent !== -1) throw declined;
    return { value, duplicates: this.duplicates };
  }

  /** Goes on to the next line with content; `line` is where the current one begins. */
  private nextLine(): void {
    const { text, end } = this;
    let line = this.line;
    for (;;) {
      if (line >= end) {
        this.line = end;
        this.at = end;
        this.indent = -1;
        return;
      }
      let at = line;
      let c = text.charCodeAt(at);
      while (c === SPACE) c = text.charCodeAt(++at);
      if (c === NEWLINE) {
        line = at + 1;
      } else if (c === HASH) {
        line = text.indexOf('\n', at) + 1;
      } else {
        if (c === TAB) throw declined;
        this.line = line;
        this.at = at;
        this.indent = at - line;
        return;
      }
    }
  }

  /** Ends a line after a value: nothing but a comment may follow. */
  private endLine(): void {
    const { text } = this;
    let at = this.at;
    let c = text.charCodeAt(at);
    if (c !== NEWLINE) {
      if (c !== SPACE) throw declined;
      do c = text.charCodeAt(++at);
      while (c === SPACE);
      if (c === HASH) at = text.indexOf('\n', at);
      else if (c !== NEWLINE) throw declined;
    }
    this.line = at + 1;
    this.nextLine();
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) throw new LimitProblem(`nested more than ${MAX_DEPTH} levels deep`, this.at);
  }

  /** The node whose content begins at `at`, at column `indent`; `parent` is the column of the block it is in. */
  private block(parent: number): Json {
    const { text, indent } = this;
    if (text.charCodeAt(this.at) === DASH && isBlank(text.charCodeAt(this.at + 1))) return this.sequence(indent);
    const start = this.at;
    const key = this.key();
    if (key !== undefined) return this.mapping(indent, key, start);
    this.at = start;
    return this.scalar(parent);
  }

  private sequence(indent: number): Json {
    this.enter();
    const { text } = this;
    const elements: Json[] = [];
    const offsets = this.marks && new Map<string | number, number>();
    if (offsets !== undefined) this.marks?.set(elements, offsets);
    while (this.indent === indent && text.charCodeAt(this.at) === DASH && isBlank(text.charCodeAt(this.at + 1))) {
      let at = this.at + 1;
      let c = text.charCodeAt(at);
      while (c === SPACE) c = text.charCodeAt(++at);
      const dash = this.at;
      this.at = at;
      if (c === NEWLINE || c === HASH) {
        if (c === HASH) this.at = text.indexOf('\n', at);
        this.endLine();
        const isEmpty = this.indent <= indent;
        offsets?.set(elements.length, isEmpty ? dash : this.at);
        elements.push(isEmpty ? null : this.block(indent));
      } else {
        this.indent = at - this.line;
        offsets?.set(elements.length, at);
        elements.push(this.block(indent));
      }
    }
    if (this.indent > indent) throw declined;
    this.depth--;
    return elements;
  }

  private mapping(indent: number, firstKey: string, firstOffset: number): Json {
    this.enter();
    const members: Members = {};
    const offsets = this.marks && new Map<string | number, number>();
    if (offsets !== undefined) this.marks?.set(members, offsets);
    let key: string | undefined = firstKey;
    let offset = firstOffset;
    while (key !== undefined) {
      const value = this.member(indent);
      if (setMember(members, key, value)) this.duplicates.push({ key, offset });
      offsets?.set(key, offset);
      if (this.indent !== indent) break;
      offset = this.at;
      key = this.key();
      if (key === undefined) throw declined;
    }
    if (this.indent > indent) throw declined;
    this.depth--;
    return members;
  }

  /** The value after a key's colon, in a mapping at this column. */
  private member(indent: number): Json {
    const { text } = this;
    let at = this.at;
    let c = text.charCodeAt(at);
    while (c === SPACE) c = text.charCodeAt(++at);
    this.at = at;
    if (c !== NEWLINE && c !== HASH) return this.scalar(indent);
    if (c === HASH) this.at = text.indexOf('\n', at);
    this.endLine();
    if (this.indent > indent) return this.block(indent);
    const isSequence =
      this.indent === indent && text.charCodeAt(this.at) === DASH && isBlank(text.charCodeAt(this.at + 1));
    return isSequence ? this.sequence(indent) : null;
  }

  /** Reads a key and its colon when there is one at `at`, on this line. */
  private key(): string | undefined {
    const { text } = this;
    const start = this.at;
    let c = text.charCodeAt(start);
    if (c === DOT && start === this.line && text.startsWith('...', start)) throw declined;
    if (c === DOUBLE_QUOTE || c === SINGLE_QUOTE) {
      const line = this.line;
      const key = this.quoted(c);
      if (text.charCodeAt(this.at) !== COLON) return undefined;
      if (!isBlank(text.charCodeAt(this.at + 1)) || this.line !== line || this.at - start > MAX_KEY) throw declined;
      this.at++;
      return key;
    }
    if (c < 128 && startsPlain[c] === 0) return undefined;
    let at = start;
    let hash = 0;
    for (;;) {
      if (c === COLON) {
        if (isBlank(text.charCodeAt(at + 1))) break;
      } else if (c === NEWLINE) {
        return undefined;
      } else if (c === SPACE) {
        if (text.charCodeAt(at + 1) === HASH) return undefined;
      } else if (c === TAB) {
        throw declined;
      }
      hash = (Math.imul(hash, 31) + c) | 0;
      c = text.charCodeAt(++at);
    }
    if (at - start > MAX_KEY || text.charCodeAt(at - 1) === SPACE) throw declined;
    this.at = at + 1;
    const slot = (hash ^ (hash >>> 12)) & (INTERNED - 1);
    const known = keyTexts[slot];
    if (known !== undefined && known.length === at - start && text.startsWith(known, start)) return keyNames[slot]!;
    const raw = text.slice(start, at);
    const name = keyOf(raw);
    if (name === undefined || raw === '<<') throw declined;
    if (raw.length <= INTERNED_LENGTH) {
      keyTexts[slot] = raw;
      keyNames[slot] = name;
    }
    return name;
  }

  /** A value that begins on this line: a scalar, a flow collection or a block scalar. Ends the line. */
  private scalar(parent: number): Json {
    const { text } = this;
    const c = text.charCodeAt(this.at);
    if (c === DOUBLE_QUOTE || c === SINGLE_QUOTE) {
      const value = this.quoted(c);
      this.endLine();
      return value;
    }
    if (c === BAR || c === GREATER) return this.blockScalar(parent, c === BAR);
    if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      const value = this.flow(c);
      this.endLine();
      return value;
    }
    return this.plain(parent);
  }

  private plain(parent: number): Json {
    const { text } = this;
    const start = this.at;
    let c = text.charCodeAt(start);
    if (c < 128 && startsPlain[c] === 0) {
      const next = text.charCodeAt(start + 1);
      if ((c !== DASH && c !== COLON && c !== QUESTION) || isBlank(next)) throw declined;
    }
    let at = start;
    let last = start;
    let hash = 0;
    for (; c !== NEWLINE; c = text.charCodeAt(++at)) {
      if (c === SPACE) {
        if (text.charCodeAt(at + 1) === HASH) break;
      } else {
        if (c === COLON) {
          if (isBlank(text.charCodeAt(at + 1))) throw declined;
        } else if (c === TAB) {
          throw declined;
        }
        last = at;
      }
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    last++;
    this.at = at;
    const endsInComment = c === SPACE;
    this.endLine();
    if (this.indent > parent) {
      if (endsInComment) throw declined;
      return this.continued(parent, start, last);
    }
    if (last - start > INTERNED_LENGTH) return resolveFinite(text.slice(start, last));
    const slot = (hash ^ (hash >>> 12)) & (INTERNED - 1);
    const known = scalarTexts[slot];
    if (known !== undefined && known.length === last - start && text.startsWith(known, start))
      return scalarValues[slot]!;
    const raw = text.slice(start, last);
    const value = resolveFinite(raw);
    scalarTexts[slot] = raw;
    scalarValues[slot] = value;
    return value;
  }

  /** A plain scalar that goes on for more lines: each newline is a space, each empty line a newline. */
  private continued(parent: number, start: number, firstEnd: number): Json {
    const { text } = this;
    let value = text.slice(start, firstEnd);
    let previousEnd = firstEnd;
    while (this.indent > parent) {
      const at = this.at;
      const lineEnd = text.indexOf('\n', at);
      const line = text.slice(at, lineEnd).trimEnd();
      // A comment between the lines, or anything that could end the scalar, is for the full parser to judge.
      if (this.indent === 0 || /\t|:(?: |$)| #/.test(line) || /[^\n ]/.test(text.slice(previousEnd, at)))
        throw declined;
      const breaks = countNewlines(text, previousEnd, at);
      value += breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
      value += line;
      previousEnd = at + line.length;
      this.line = lineEnd + 1;
      this.nextLine();
    }
    if (/[^\n ]/.test(text.slice(previousEnd, this.line).split('\n', 1)[0] ?? '')) throw declined;
    return resolveFinite(value);
  }

  /** A quoted scalar, leaving `at` behind its closing quote. */
  private quoted(quote: number): string {
    const { text, end } = this;
    const start = this.at + 1;
    let at = start;
    let isSimple = true;
    let newline = -1;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === quote) {
        if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== SINGLE_QUOTE) break;
        isSimple = false;
        at++;
      } else if (c === BACKSLASH && quote === DOUBLE_QUOTE) {
        isSimple = false;
        at++;
        if (text.charCodeAt(at) === NEWLINE) newline = at;
      } else if (c === NEWLINE) {
        newline = at;
      }
      if (++at >= end) throw declined;
    }
    this.at = at + 1;
    const raw = text.slice(start, at);
    if (newline !== -1) {
      if (/\n(?:---|\.\.\.)/.test(raw)) throw declined;
      this.line = newline + 1;
    } else if (isSimple) {
      return raw;
    }
    return unquote(raw, quote === DOUBLE_QUOTE) ?? decline();
  }

  private blockScalar(parent: number, isLiteral: boolean): string {
    const { text, end } = this;
    let at = this.at + 1;
    let chomping = 0;
    let increment = 0;
    for (let c = text.charCodeAt(at); c !== NEWLINE && c !== SPACE; c = text.charCodeAt(++at)) {
      if ((c === PLUS || c === DASH) && chomping === 0) chomping = c;
      else if (c > 0x30 && c <= 0x39 && increment === 0) increment = c - 0x30;
      else throw declined;
    }
    while (text.charCodeAt(at) === SPACE) at++;
    if (text.charCodeAt(at) === HASH) at = text.indexOf('\n', at);
    if (text.charCodeAt(at) !== NEWLINE) throw declined;
    at++;

    let indent = increment === 0 ? this.blockScalarIndent(parent, at) : Math.max(parent, 0) + increment;
    if (indent === 0) indent = 1;
    const lines: string[] = [];
    let contentEnd = 0; // how many of the lines come before the trailing empty ones
    while (at < end) {
      let from = at;
      const limit = at + indent;
      while (from < limit && text.charCodeAt(from) === SPACE) from++;
      const c = text.charCodeAt(from);
      if (c === NEWLINE) {
        lines.push('');
        at = from + 1;
        continue;
      }
      if (from < limit) {
        if (c === TAB) throw declined;
        break;
      }
      const newline = text.indexOf('\n', from);
      lines.push(text.slice(from, newline));
      contentEnd = lines.length;
      at = newline + 1;
    }
    this.line = at;
    this.nextLine();

    const trailing = lines.length - contentEnd;
    lines.length = contentEnd;
    const body = isLiteral ? lines.join('\n') : foldLines(lines);
    if (chomping === DASH) return body;
    const newline = contentEnd === 0 ? '' : '\n';
    return chomping === PLUS ? `${body}${newline}${'\n'.repeat(trailing)}` : body + newline;
  }

  /** The column of the first line that is not empty. */
  private blockScalarIndent(parent: number, start: number): number {
    const { text, end } = this;
    let blank = 0;
    for (let line = start; line < end; ) {
      let at = line;
      while (text.charCodeAt(at) === SPACE) at++;
      const column = at - line;
      const c = text.charCodeAt(at);
      if (c !== NEWLINE) {
        // An empty line with more spaces than the first with content counts as content to go-yaml.
        if (c === TAB || blank > Math.max(column, parent + 1)) throw declined;
        return Math.max(column, parent + 1, 1);
      }
      blank = Math.max(blank, column);
      line = at + 1;
    }
    return Math.max(blank, parent + 1, 1);
  }

  /** A flow collection, leaving `at` behind its closing bracket. */
  private flow(open: number): Json {
    this.enter();
    this.at++;
    const value = open === OPEN_BRACKET ? this.flowSequence() : this.flowMapping();
    this.depth--;
    return value;
  }

  private flowSequence(): Json {
    const elements: Json[] = [];
    const offsets = this.marks && new Map<string | number, number>();
    if (offsets !== undefined) this.marks?.set(elements, offsets);
    for (;;) {
      const c = this.flowNext();
      if (c === CLOSE_BRACKET) break;
      offsets?.set(elements.length, this.at);
      elements.push(this.flowNode(c));
      if (this.flowSeparator(CLOSE_BRACKET)) break;
    }
    this.at++;
    return elements;
  }

  private flowMapping(): Json {
    const members: Members = {};
    const offsets = this.marks && new Map<string | number, number>();
    if (offsets !== undefined) this.marks?.set(members, offsets);
    for (;;) {
      const c = this.flowNext();
      if (c === CLOSE_BRACE) break;
      const offset = this.at;
      const line = this.line;
      const key = c === DOUBLE_QUOTE || c === SINGLE_QUOTE ? this.quoted(c) : keyOf(this.flowPlain());
      const isQuoted = c === DOUBLE_QUOTE || c === SINGLE_QUOTE;
      if (key === undefined || key === '<<' || this.text.charCodeAt(this.at) !== COLON) throw declined;
      if (this.line !== line || this.at - offset > MAX_KEY) throw declined;
      this.at++;
      if (!isQuoted && !isBlank(this.text.charCodeAt(this.at))) throw declined;
      const next = this.flowNext();
      const value = next === COMMA || next === CLOSE_BRACE ? null : this.flowNode(next);
      if (setMember(members, key, value)) this.duplicates.push({ key, offset });
      offsets?.set(key, offset);
      if (this.flowSeparator(CLOSE_BRACE)) break;
    }
    this.at++;
    return members;
  }

  /** Skips space and newlines inside a flow collection. */
  private flowNext(): number {
    const { text, end } = this;
    for (;;) {
      const c = text.charCodeAt(this.at);
      if (c === NEWLINE) this.line = this.at + 1;
      else if (c !== SPACE) return c === HASH ? decline() : c;
      if (++this.at >= end) throw declined;
    }
  }

  /** Reads the comma, or sees the end: true there. */
  private flowSeparator(close: number): boolean {
    const c = this.flowNext();
    if (c === close) return true;
    if (c !== COMMA) throw declined;
    this.at++;
    return false;
  }

  private flowNode(first: number): Json {
    if (first === OPEN_BRACKET || first === OPEN_BRACE) return this.flow(first);
    if (first === DOUBLE_QUOTE || first === SINGLE_QUOTE) return this.quoted(first);
    return resolveFinite(this.flowPlain());
  }

  private flowPlain(): string {
    const { text } = this;
    const start = this.at;
    let c = text.charCodeAt(start);
    if (c < 128 && startsPlain[c] === 0 && (c !== DASH || isBlank(text.charCodeAt(start + 1)))) throw declined;
    let at = start;
    while (c !== COMMA && c !== CLOSE_BRACKET && c !== CLOSE_BRACE) {
      if (c === COLON && isBlank(text.charCodeAt(at + 1))) break;
      if (c === COLON || c === QUESTION || c === OPEN_BRACE || c === OPEN_BRACKET || c === HASH) throw declined;
      if (c === NEWLINE || c === TAB) throw declined;
      c = text.charCodeAt(++at);
    }
    this.at = at;
    if (c === COLON && text.charCodeAt(at - 1) === SPACE) throw declined;
    while (text.charCodeAt(at - 1) === SPACE) at--;
    return text.slice(start, at);
  }
}

function isBlank(c: number): boolean {
  return c === SPACE || c === NEWLINE || c === TAB;
}

function decline(): never {
  throw declined;
}

function resolveFinite(text: string): string | number | boolean | null {
  if (!canResolve(text.charCodeAt(0))) return text;
  const value = resolvePlain(text);
  if (typeof value === 'number' && !Number.isFinite(value)) throw declined;
  return value;
}

function countNewlines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === NEWLINE) count++;
  return count;
}

/** Folds the lines of a `>` scalar: not around lines that begin with a blank. */
function foldLines(lines: readonly string[]): string {
  let text = '';
  let wasBlank = false;
  let pending = 0;
  let isFirst = true;
  for (const line of lines) {
    if (line === '') {
      pending++;
      continue;
    }
    const isIndented = line.charCodeAt(0) === SPACE || line.charCodeAt(0) === TAB;
    if (!isFirst) {
      if (wasBlank || isIndented) text += '\n';
      else if (pending === 0) text += ' ';
    }
    text += '\n'.repeat(pending) + line;
    pending = 0;
    wasBlank = isIndented;
    isFirst = false;
  }
  return text;
}
