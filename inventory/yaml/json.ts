import type { Json } from '../object';
import {
  type Duplicate,
  LimitProblem,
  MAX_DEPTH,
  type Marks,
  type Members,
  type Parsed,
  SyntaxProblem,
  setMember,
} from './parsed';

const STRING = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One JSON value and where it ends; JSON.parse would tell neither that nor positions and duplicate keys. */
export interface ParsedJson extends Parsed {
  readonly end: number;
}

/**
 * Reads one JSON value as Go's encoding/json does; more may follow it.
 *
 * @throws SyntaxProblem when there is none, LimitProblem when it holds more than Kubernetes takes
 */
export function parseJson(text: string, start: number, marks?: Marks): ParsedJson {
  const parser = new JsonParser(text, start, marks);
  const value = parser.value(0);
  if (parser.limit !== undefined) throw parser.limit;
  return { value, duplicates: parser.duplicates, end: parser.at };
}

/** Where the space that JSON allows between values ends. */
export function skipJsonSpace(text: string, start: number): number {
  SPACE.lastIndex = start;
  SPACE.test(text);
  return SPACE.lastIndex;
}

class JsonParser {
  readonly duplicates: Duplicate[] = [];
  /** Kept until the end: text that goes wrong later is no JSON, and may be YAML. */
  limit: LimitProblem | undefined;

  constructor(
    private readonly text: string,
    public at: number,
    private readonly marks: Marks | undefined,
  ) {}

  value(depth: number): Json {
    const { text } = this;
    const c = this.next();
    switch (text[this.at]) {
      case '{':
      case '[':
        if (depth >= MAX_DEPTH) throw new LimitProblem(`nested more than ${MAX_DEPTH} levels deep`, this.at);
        this.at++;
        return c === 0x7b ? this.object(depth) : this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private next(): number {
    const { text } = this;
    let c = text.charCodeAt(this.at);
    while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = text.charCodeAt(++this.at);
    return c;
  }

  private object(depth: number): Json {
    const members: Members = {};
    const offsets = this.marks && new Map<string | number, number>();
    if (offsets !== undefined) this.marks?.set(members, offsets);
    if (this.next() === 0x7d) {
      this.at++;
      return members;
    }
    for (;;) {
      if (this.next() !== STRING) this.fail('a member name in double quotes');
      const offset = this.at;
      const key = this.string();
      if (this.next() !== COLON) this.fail('":"');
      this.at++;
      if (setMember(members, key, this.value(depth + 1))) this.duplicates.push({ key, offset });
      offsets?.set(key, offset);
      const c = this.next();
      if (c !== COMMA && c !== 0x7d) this.fail('"," or "}"');
      this.at++;
      if (c !== COMMA) return members;
    }
  }

  private array(depth: number): Json {
    const elements: Json[] = [];
    const offsets = this.marks && new Map<string | number, number>();
    if (offsets !== undefined) this.marks?.set(elements, offsets);
    if (this.next() === 0x5d) {
      this.at++;
      return elements;
    }
    for (;;) {
      this.next();
      offsets?.set(elements.length, this.at);
      elements.push(this.value(depth + 1));
      const c = this.next();
      if (c !== COMMA && c !== 0x5d) this.fail('"," or "]"');
      this.at++;
      if (c !== COMMA) return elements;
    }
  }

  private string(): string {
    const { text } = this;
    const start = this.at;
    let hasEscape = false;
    let at = start + 1;
    for (let c = text.charCodeAt(at); c !== STRING; c = text.charCodeAt(++at)) {
      if (c === BACKSLASH) {
        hasEscape = true;
        at++;
      } else if (!(c >= 0x20)) {
        this.at = at;
        this.fail('the end of a string');
      }
    }
    this.at = at + 1;
    if (!hasEscape) return text.slice(start + 1, at);
    try {
      // Go writes U+FFFD where an escaped surrogate has no other half.
      return (JSON.parse(text.slice(start, at + 1)) as string).replace(LONE_SURROGATE, '\ufffd');
    } catch {
      throw new SyntaxProblem('a string with an escape that JSON does not know', start);
    }
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) this.fail('a value');
    const value = Number(match[0]);
    if (!Number.isFinite(value)) this.limit ??= new LimitProblem(`the number ${match[0]} is too large`, this.at);
    this.at += match[0].length;
    return value === 0 ? 0 : value;
  }

  private word<Value>(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.at)) this.fail('a value');
    this.at += word.length;
    return value;
  }

  private fail(expected: string): never {
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end';
    throw new SyntaxProblem(`expected ${expected}, found ${found}`, this.at);
  }
}
