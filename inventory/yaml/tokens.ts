import { SyntaxProblem } from './parsed';
import { unquote } from './quoted';

export type TokenType =
  | 'stream-end'
  | 'version'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence'
  | 'block-mapping'
  | 'block-end'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | '-'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly type: TokenType;
  readonly offset: number;
  /** The content of a scalar, the name of an anchor or alias, the suffix of a tag, the prefix of a tag directive. */
  readonly text: string;
  /** The handle of a tag or tag directive. */
  readonly handle?: string;
  readonly isPlain?: boolean;
}

/** A place where a key may have begun that shows itself only by the colon after it. */
interface SimpleKey {
  readonly token: number;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly isRequired: boolean;
}

/** The block context, or a flow collection in it. */
interface Level {
  key: SimpleKey | undefined;
  /** The token of the last key in it; before there is one, that of the bracket. */
  token: number;
}

const END = '\0';
/** go-yaml's limits: https://github.com/yaml/go-yaml/blob/v2.4.2/scannerc.go */
const MAX_NESTING = 10_000;
const MAX_KEY = 1024;

/** What no plain scalar begins with and what is left when `fetch` has looked at everything else. */
const CANNOT_BEGIN: ReadonlySet<string> = new Set(['#', '|', '>', '%', '@', '`']);

const WORD = /[\w-]*/y;
const TAG_URI = /(?:[\w\-;/?:@&=+$,.!~*'()[\]]|%[0-9a-fA-F]{2})*/y;
const VERSION = /[ \t]*(\d{1,2})\.(\d{1,2})/y;

/**
 * Cuts a document into tokens the way libyaml does it, of which go-yaml is a port: where a key begins is known only
 * later, so tokens wait in a queue until nothing can be put before them any more. The design is described at
 * https://github.com/yaml/libyaml/blob/0.2.5/src/scanner.c
 */
export class Scanner {
  private readonly source: string;
  private at = 0;
  private line = 0;
  private lineStart = 0;
  private queue: Token[] = [];
  private taken = 0;
  private isDone = false;
  /** The column of the innermost block collection. */
  private indent = -1;
  private readonly indents: number[] = [];
  private level: Level = { key: undefined, token: 0 };
  private readonly outerLevels: Level[] = [];
  /** Tokens that may turn out to begin a key, and so must wait for its colon. */
  private readonly awaited = new Map<number, Level>();
  private isKeyAllowed = true;

  /** @param source the text; its breaks are `\n`, U+2028 and U+2029, and it has no control characters */
  constructor(source: string) {
    this.source = source + END;
  }

  peek(): Token {
    while (this.needsMore()) this.fetch();
    const token = this.queue[0];
    if (token === undefined) this.fail('nothing follows');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.queue.shift();
    this.taken++;
    return token;
  }

  private get column(): number {
    return this.at - this.lineStart;
  }

  private get isFlow(): boolean {
    return this.outerLevels.length > 0;
  }

  private charAt(ahead = 0): string {
    return this.source.charAt(this.at + ahead) || END;
  }

  private fail(message: string, offset = this.at): never {
    throw new SyntaxProblem(message, Math.min(offset, this.source.length - 1));
  }

  private needsMore(): boolean {
    if (this.isDone) return false;
    if (this.queue.length === 0) return true;
    const level = this.awaited.get(this.taken);
    return level !== undefined && this.validKey(level) !== undefined;
  }

  /** The key that may be waiting at a level, unless it has become too long or left its line. */
  private validKey(level: Level): SimpleKey | undefined {
    const { key } = level;
    if (key === undefined) return undefined;
    if (key.line === this.line && key.offset + MAX_KEY >= this.at) return key;
    if (key.isRequired) this.fail('could not find the ":" of this key', key.offset);
    level.key = undefined;
    return undefined;
  }

  private saveKey(): void {
    if (!this.isKeyAllowed) return;
    this.dropKey();
    const token = this.taken + this.queue.length;
    const isRequired = !this.isFlow && this.indent === this.column;
    this.level.key = { token, offset: this.at, line: this.line, column: this.column, isRequired };
    this.level.token = token;
    this.awaited.set(token, this.level);
  }

  private dropKey(): void {
    const { key } = this.level;
    if (key === undefined) return;
    if (key.isRequired) this.fail('could not find the ":" of this key', key.offset);
    this.level.key = undefined;
    this.awaited.delete(key.token);
  }

  private add(type: TokenType, offset: number, text = ''): void {
    this.queue.push({ type, offset, text });
  }

  private insert(position: number, token: Token): void {
    this.queue.splice(position < 0 ? this.queue.length : position, 0, token);
  }

  /** Begins a block collection when the column is further right than the innermost. */
  private roll(column: number, type: TokenType, offset: number, position = this.queue.length): void {
    if (this.isFlow || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > MAX_NESTING) this.fail(`nested more than ${MAX_NESTING} levels deep`);
    this.insert(position, { type, offset, text: '' });
  }

  private unroll(column: number): void {
    if (this.isFlow) return;
    while (this.indent > column) {
      this.add('block-end', this.at);
      this.indent = this.indents.pop() ?? -1;
    }
  }

  private fetch(): void {
    this.skipToToken();
    this.unroll(this.column);
    const c = this.charAt();
    const next = this.charAt(1);
    if (c === END) this.fetchEnd();
    else if (this.column === 0 && c === '%') this.fetchDirective();
    else if (this.column === 0 && this.isDocumentMark()) this.fetchDocumentMark(c);
    else if (c === '[' || c === '{') this.fetchFlowStart(c);
    else if (c === ']' || c === '}') this.fetchFlowEnd(c);
    else if (c === ',') this.fetchFlowEntry();
    else if (c === '-' && isBlank(next)) this.fetchBlockEntry();
    else if (c === '?' && (this.isFlow || isBlank(next))) this.fetchKey();
    else if (c === ':' && (this.isFlow || isBlank(next))) this.fetchValue();
    else if (c === '*' || c === '&') this.fetchAnchor(c === '*' ? 'alias' : 'anchor');
    else if (c === '!') this.fetchTag();
    else if ((c === '|' || c === '>') && !this.isFlow) this.fetchBlockScalar(c === '|');
    else if (c === "'" || c === '"') this.fetchQuoted(c === '"');
    else if (c === '\t') this.fail('a tab cannot indent: use spaces');
    else if (CANNOT_BEGIN.has(c)) this.fail(`${JSON.stringify(c)} cannot begin a value`);
    else this.fetchPlain();
  }

  private skipToToken(): void {
    for (;;) {
      let c = this.charAt();
      while (c === ' ' || (c === '\t' && (this.isFlow || !this.isKeyAllowed))) {
        this.at++;
        c = this.charAt();
      }
      if (c === '#') this.skipLine();
      if (!isBreak(this.charAt())) return;
      this.skipBreak();
      if (!this.isFlow) this.isKeyAllowed = true;
    }
  }

  private skipLine(): void {
    while (!isBreakOrEnd(this.charAt())) this.at++;
  }

  private skipBreak(): string {
    const c = this.charAt();
    this.at++;
    this.line++;
    this.lineStart = this.at;
    return c;
  }

  private isDocumentMark(): boolean {
    const mark = this.source.slice(this.at, this.at + 3);
    return (mark === '---' || mark === '...') && isBlank(this.charAt(3));
  }

  private fetchEnd(): void {
    this.line++;
    this.lineStart = this.at;
    this.unroll(-1);
    this.dropKey();
    this.isKeyAllowed = false;
    this.add('stream-end', this.at);
    this.isDone = true;
  }

  private fetchDocumentMark(c: string): void {
    this.unroll(-1);
    this.dropKey();
    this.isKeyAllowed = false;
    this.add(c === '-' ? 'document-start' : 'document-end', this.at);
    this.at += 3;
  }

  private fetchDirective(): void {
    this.unroll(-1);
    this.dropKey();
    this.isKeyAllowed = false;
    const offset = this.at++;
    const name = this.match(WORD);
    if (name === 'YAML') {
      VERSION.lastIndex = this.at;
      const version = VERSION.exec(this.source);
      if (version === null) this.fail('%YAML wants a version such as 1.1');
      this.at = VERSION.lastIndex;
      this.add('version', offset, `${Number(version[1])}.${Number(version[2])}`);
    } else if (name === 'TAG') {
      this.skipBlanks();
      const handle = this.tagHandle();
      if (handle !== '!' && !handle.endsWith('!')) this.fail('the handle of %TAG must end in "!"');
      if (!isSpace(this.charAt())) this.fail('%TAG wants a handle and a prefix');
      this.skipBlanks();
      const prefix = this.tagUri();
      if (prefix === '' || !isBlank(this.charAt())) this.fail('%TAG wants a handle and a prefix');
      this.queue.push({ type: 'tag-directive', offset, text: prefix, handle });
    } else {
      this.fail('only the directives %YAML and %TAG are known', offset);
    }
    this.skipBlanks();
    if (this.charAt() === '#') this.skipLine();
    if (!isBreakOrEnd(this.charAt())) this.fail('only a comment may follow a directive');
    if (isBreak(this.charAt())) this.skipBreak();
  }

  private fetchFlowStart(c: '[' | '{'): void {
    this.saveKey();
    this.outerLevels.push(this.level);
    this.level = { key: undefined, token: this.taken + this.queue.length };
    if (this.outerLevels.length > MAX_NESTING) this.fail(`nested more than ${MAX_NESTING} levels deep`);
    this.isKeyAllowed = true;
    this.add(c, this.at++);
  }

  private fetchFlowEnd(c: ']' | '}'): void {
    this.dropKey();
    const outer = this.outerLevels.pop();
    if (outer !== undefined) {
      // A peculiarity of go-yaml that decides what `[]: a` is: of an empty collection this is its own bracket.
      this.awaited.delete(this.level.token);
      this.level = outer;
    }
    this.isKeyAllowed = false;
    this.add(c, this.at++);
  }

  private fetchFlowEntry(): void {
    this.dropKey();
    this.isKeyAllowed = true;
    this.add(',', this.at++);
  }

  private fetchBlockEntry(): void {
    if (!this.isFlow) {
      if (!this.isKeyAllowed) this.fail('a list cannot begin here');
      this.roll(this.column, 'block-sequence', this.at);
    }
    this.dropKey();
    this.isKeyAllowed = true;
    this.add('-', this.at++);
  }

  private fetchKey(): void {
    if (!this.isFlow) {
      if (!this.isKeyAllowed) this.fail('a key cannot stand here');
      this.roll(this.column, 'block-mapping', this.at);
    }
    this.dropKey();
    this.isKeyAllowed = !this.isFlow;
    this.add('key', this.at++);
  }

  private fetchValue(): void {
    const key = this.validKey(this.level);
    if (key !== undefined) {
      const position = key.token - this.taken;
      this.insert(position, { type: 'key', offset: key.offset, text: '' });
      this.roll(key.column, 'block-mapping', key.offset, position);
      this.level.key = undefined;
      this.awaited.delete(key.token);
      this.isKeyAllowed = false;
    } else {
      if (!this.isFlow) {
        if (!this.isKeyAllowed) this.fail('a mapping cannot stand here: quote the text when this ":" is part of it');
        this.roll(this.column, 'block-mapping', this.at);
      }
      this.isKeyAllowed = !this.isFlow;
    }
    this.add('value', this.at++);
  }

  private fetchAnchor(type: 'alias' | 'anchor'): void {
    this.saveKey();
    this.isKeyAllowed = false;
    const offset = this.at++;
    const name = this.match(WORD);
    const c = this.charAt();
    if (name === '' || !(isBlank(c) || '?:,]}%@`'.includes(c))) this.fail(`no name for an ${type}`, offset);
    this.add(type, offset, name);
  }

  private fetchTag(): void {
    this.saveKey();
    this.isKeyAllowed = false;
    const offset = this.at;
    let handle = '';
    let suffix: string;
    if (this.charAt(1) === '<') {
      this.at += 2;
      suffix = this.tagUri();
      if (suffix === '' || this.charAt() !== '>') this.fail('a tag that does not end in ">"', offset);
      this.at++;
    } else {
      handle = this.tagHandle();
      if (handle.length > 1 && handle.endsWith('!')) {
        suffix = this.tagUri();
        if (suffix === '') this.fail('a tag without a name', offset);
      } else {
        suffix = handle.slice(1) + this.tagUri();
        handle = '!';
        if (suffix === '') [handle, suffix] = [suffix, handle];
      }
    }
    if (!isBlank(this.charAt())) this.fail('a space or a new line must follow a tag');
    this.queue.push({ type: 'tag', offset, text: suffix, handle });
  }

  private tagHandle(): string {
    if (this.charAt() !== '!') this.fail('expected "!"');
    this.at++;
    const word = this.match(WORD);
    if (this.charAt() !== '!') return `!${word}`;
    this.at++;
    return `!${word}!`;
  }

  private tagUri(): string {
    const uri = this.match(TAG_URI);
    if (this.charAt() === '%') this.fail('a tag with a broken escape');
    try {
      return decodeURIComponent(uri.replace(/%(?![0-9a-fA-F]{2})/g, '%25'));
    } catch {
      this.fail('a tag with a broken escape');
    }
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.source)?.[0] ?? '';
    this.at += text.length;
    return text;
  }

  private skipBlanks(): void {
    while (isSpace(this.charAt())) this.at++;
  }

  private fetchBlockScalar(isLiteral: boolean): void {
    this.dropKey();
    this.isKeyAllowed = true;
    const offset = this.at++;
    const header = /(?:([-+])([0-9])?|([0-9])([-+])?)?/y;
    header.lastIndex = this.at;
    const [text = '', before, after, digit, sign] = header.exec(this.source) ?? [];
    const chomping = before ?? sign;
    const increment = Number(after ?? digit ?? -1);
    if (increment === 0) this.fail('an indentation of 0 is not allowed');
    this.at += text.length;
    this.skipBlanks();
    if (this.charAt() === '#') this.skipLine();
    if (!isBreakOrEnd(this.charAt())) this.fail('only a comment may follow "|" or ">" on the line');
    if (isBreak(this.charAt())) this.skipBreak();

    const parts: string[] = [];
    const breaks = increment > 0 ? { indent: Math.max(this.indent, 0) + increment, text: '' } : this.findIndent();
    let { indent } = breaks;
    if (increment > 0) ({ indent } = this.blankLines(breaks));
    let pending = breaks.text;
    let lead = '';
    let wasBlank = false;
    while (this.column === indent && this.charAt() !== END) {
      const isLineBlank = isSpace(this.charAt());
      if (!isLiteral && !wasBlank && !isLineBlank && lead === '\n') {
        if (pending === '') parts.push(' ');
      } else {
        parts.push(lead);
      }
      parts.push(pending);
      wasBlank = isLineBlank;
      const start = this.at;
      this.skipLine();
      parts.push(this.source.slice(start, this.at));
      lead = this.charAt() === END ? '' : this.skipBreak();
      const following = { indent, text: '' };
      this.blankLines(following);
      pending = following.text;
    }
    if (chomping !== '-') parts.push(lead);
    if (chomping === '+') parts.push(pending);
    this.queue.push({ type: 'scalar', offset, text: parts.join(''), isPlain: false });
  }

  /** Skips the lines of a block scalar that are empty up to its indentation, and notes their breaks. */
  private blankLines(lines: { indent: number; text: string }): { indent: number; text: string } {
    for (;;) {
      while (this.column < lines.indent && this.charAt() === ' ') this.at++;
      if (this.column < lines.indent && this.charAt() === '\t') this.fail('a tab where spaces must indent');
      if (!isBreak(this.charAt())) return lines;
      lines.text += this.skipBreak();
    }
  }

  /** The indentation of a block scalar that does not tell: that of its longest line of spaces up to the first text. */
  private findIndent(): { indent: number; text: string } {
    let longest = 0;
    let text = '';
    for (;;) {
      while (this.charAt() === ' ') this.at++;
      longest = Math.max(longest, this.column);
      if (this.charAt() === '\t') this.fail('a tab where spaces must indent');
      if (!isBreak(this.charAt())) return { indent: Math.max(longest, this.indent + 1, 1), text };
      text += this.skipBreak();
    }
  }

  private fetchQuoted(isDouble: boolean): void {
    this.saveKey();
    this.isKeyAllowed = false;
    const offset = this.at++;
    const quote = isDouble ? '"' : "'";
    for (;;) {
      if (this.column === 0 && this.isDocumentMark()) this.fail('the document ends within quotes');
      const c = this.charAt();
      if (c === END) this.fail('these quotes are not closed', offset);
      if (c === quote) {
        if (isDouble || this.charAt(1) !== quote) break;
        this.at += 2;
      } else if (isBreak(c)) {
        this.skipBreak();
      } else if (c === '\\' && isDouble && !isBreak(this.charAt(1))) {
        this.at += 2;
      } else {
        this.at++;
      }
    }
    const text = unquote(this.source.slice(offset + 1, this.at), isDouble);
    if (text === undefined) this.fail('an escape that YAML does not know', offset);
    this.at++;
    this.queue.push({ type: 'scalar', offset, text, isPlain: false });
  }

  private fetchPlain(): void {
    this.saveKey();
    this.isKeyAllowed = false;
    const offset = this.at;
    const indent = this.indent + 1;
    let text = '';
    let between = '';
    let hasBreak = false;
    for (;;) {
      if (this.column === 0 && this.isDocumentMark()) break;
      if (this.charAt() === '#') break;
      const start = this.at;
      while (!isBlank(this.charAt()) && !this.endsPlain()) this.at++;
      if (this.at > start) {
        text += between + this.source.slice(start, this.at);
        between = '';
        hasBreak = false;
      }
      if (!isSpace(this.charAt()) && !isBreak(this.charAt())) break;
      const blanks = this.at;
      let lead = '';
      let trailing = '';
      for (let c = this.charAt(); isSpace(c) || isBreak(c); c = this.charAt()) {
        if (isBreak(c)) {
          if (lead === '' && !hasBreak) lead = this.skipBreak();
          else trailing += this.skipBreak();
          hasBreak = true;
        } else {
          if (hasBreak && c === '\t' && this.column < indent) this.fail('a tab where spaces must indent');
          this.at++;
        }
      }
      if (!hasBreak) between = this.source.slice(blanks, this.at);
      else if (lead === '\n') between = trailing === '' ? ' ' : trailing;
      else between = lead + trailing;
      if (!this.isFlow && this.column < indent) break;
    }
    if (hasBreak) this.isKeyAllowed = true;
    this.queue.push({ type: 'scalar', offset, text, isPlain: true });
  }

  private endsPlain(): boolean {
    const c = this.charAt();
    return (c === ':' && isBlank(this.charAt(1))) || (this.isFlow && ',?[]{}'.includes(c));
  }
}

function isSpace(c: string): boolean {
  return c === ' ' || c === '\t';
}

function isBreak(c: string): boolean {
  return c === '\n' || c === '\u2028' || c === '\u2029';
}

function isBreakOrEnd(c: string): boolean {
  return isBreak(c) || c === END;
}

function isBlank(c: string): boolean {
  return isSpace(c) || isBreakOrEnd(c);
}
