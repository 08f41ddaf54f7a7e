import { LimitProblem, MAX_DEPTH, SyntaxProblem } from './parsed';
import { Scanner, type Token, type TokenType } from './tokens';

/** A node of a document as it is written, before it means anything. */
export interface YamlNode {
  readonly kind: 'scalar' | 'sequence' | 'mapping' | 'alias';
  readonly offset: number;
  /** The full tag; empty where there is none. */
  readonly tag: string;
  /** The content of a scalar, the name of an alias. */
  readonly text: string;
  /** Whether a scalar is not quoted, so that its content tells its type. */
  readonly isPlain: boolean;
  /** The elements of a sequence; the keys and values of a mapping in turn. */
  readonly children: YamlNode[];
  /** What an alias stands for. */
  readonly target?: YamlNode;
}

/** The handles that need no directive. */
const TAG_HANDLES: readonly (readonly [handle: string, prefix: string])[] = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
];

const NOT_A_NODE: ReadonlySet<TokenType> = new Set(['key', 'value', 'block-end']);

/**
 * Parses the first document of a text, by the grammar of https://github.com/yaml/libyaml/blob/0.2.5/src/parser.c.
 *
 * @returns undefined when there is none
 * @throws SyntaxProblem
 */
export function parseNodes(source: string): YamlNode | undefined {
  return new NodeParser(source).document();
}

class NodeParser {
  private readonly scanner: Scanner;
  private readonly anchors = new Map<string, YamlNode>();
  private readonly prefixes = new Map<string, string>();
  private depth = 0;

  constructor(source: string) {
    this.scanner = new Scanner(source);
  }

  document(): YamlNode | undefined {
    const first = this.scanner.peek();
    if (first.type === 'stream-end') return undefined;
    const hasDirectives = this.directives();
    const token = this.scanner.peek();
    let node: YamlNode;
    if (token.type === 'document-start') {
      this.scanner.next();
      const content = this.scanner.peek();
      const isEmpty = ['version', 'tag-directive', 'document-start', 'document-end', 'stream-end'].includes(
        content.type,
      );
      node = isEmpty ? empty(content.offset) : this.node(true, false);
    } else {
      if (hasDirectives) throw new SyntaxProblem('"---" must follow the directives', token.offset);
      node = this.node(true, false);
    }
    this.scanner.peek();
    return node;
  }

  private directives(): boolean {
    let hasVersion = false;
    for (;;) {
      const { type, text, handle, offset } = this.scanner.peek();
      if (type === 'version') {
        if (hasVersion) throw new SyntaxProblem('%YAML comes twice', offset);
        if (text !== '1.1') throw new SyntaxProblem(`kubectl reads YAML 1.1 only, this says ${text}`, offset);
        hasVersion = true;
      } else if (type === 'tag-directive' && handle !== undefined) {
        if (this.prefixes.has(handle)) throw new SyntaxProblem(`%TAG ${handle} comes twice`, offset);
        this.prefixes.set(handle, text);
      } else {
        break;
      }
      this.scanner.next();
    }
    const found = hasVersion || this.prefixes.size > 0;
    for (const [handle, prefix] of TAG_HANDLES) if (!this.prefixes.has(handle)) this.prefixes.set(handle, prefix);
    return found;
  }

  private peekType(): TokenType {
    return this.scanner.peek().type;
  }

  private node(isBlock: boolean, isIndentless: boolean): YamlNode {
    const first = this.scanner.peek();
    if (first.type === 'alias') return this.alias(this.scanner.next());
    let anchor: string | undefined;
    let tag = '';
    if (first.type === 'anchor') {
      anchor = this.scanner.next().text;
      if (this.peekType() === 'tag') tag = this.tag(this.scanner.next());
    } else if (first.type === 'tag') {
      tag = this.tag(this.scanner.next());
      if (this.peekType() === 'anchor') anchor = this.scanner.next().text;
    }
    const token = this.scanner.peek();
    const isMapping = token.type === '{' || (isBlock && token.type === 'block-mapping');
    const isSequence =
      token.type === '[' || (isBlock && token.type === 'block-sequence') || (isIndentless && token.type === '-');
    if (!isMapping && !isSequence && token.type !== 'scalar' && anchor === undefined && tag === '') {
      throw new SyntaxProblem('a value is missing here', token.offset);
    }
    const node: YamlNode = {
      kind: isMapping ? 'mapping' : isSequence ? 'sequence' : 'scalar',
      offset: isMapping || isSequence || token.type === 'scalar' ? token.offset : first.offset,
      tag,
      text: token.type === 'scalar' ? token.text : '',
      isPlain: token.type !== 'scalar' || token.isPlain === true,
      children: [],
    };
    // An anchor is known inside of what it marks already.
    if (anchor !== undefined) this.anchors.set(anchor, node);
    if (token.type === 'scalar') this.scanner.next();
    if (!isMapping && !isSequence) return node;

    if (++this.depth > MAX_DEPTH) throw new LimitProblem(`nested more than ${MAX_DEPTH} levels deep`, token.offset);
    if (token.type !== '-') this.scanner.next();
    if (token.type === '{') this.flowMapping(node.children, token);
    else if (token.type === '[') this.flowSequence(node.children, token);
    else if (isMapping) this.blockMapping(node.children);
    else if (token.type === '-') this.indentlessSequence(node.children);
    else this.blockSequence(node.children);
    this.depth--;
    return node;
  }

  private alias({ text, offset }: Token): YamlNode {
    const target = this.anchors.get(text);
    if (target === undefined) throw new SyntaxProblem(`the alias *${text} has no anchor before it`, offset);
    return { kind: 'alias', offset, tag: '', text, isPlain: true, children: [], target };
  }

  private tag({ handle = '', text, offset }: Token): string {
    if (handle === '') return text;
    const prefix = this.prefixes.get(handle);
    if (prefix === undefined) throw new SyntaxProblem(`the tag handle ${handle} is not defined`, offset);
    return prefix + text;
  }

  private blockSequence(children: YamlNode[]): void {
    for (;;) {
      const token = this.scanner.next();
      if (token.type === 'block-end') return;
      if (token.type !== '-') throw new SyntaxProblem('expected "-" or the end of the list', token.offset);
      const next = this.peekType();
      children.push(next === '-' || next === 'block-end' ? empty(token.offset) : this.node(true, false));
    }
  }

  private indentlessSequence(children: YamlNode[]): void {
    while (this.peekType() === '-') {
      const token = this.scanner.next();
      const next = this.peekType();
      children.push(next === '-' || NOT_A_NODE.has(next) ? empty(token.offset) : this.node(true, false));
    }
  }

  private blockMapping(children: YamlNode[]): void {
    for (;;) {
      const token = this.scanner.next();
      if (token.type === 'block-end') return;
      if (token.type !== 'key') throw new SyntaxProblem('expected a key or the end of the mapping', token.offset);
      children.push(NOT_A_NODE.has(this.peekType()) ? empty(token.offset) : this.node(true, true));
      if (this.peekType() !== 'value') {
        children.push(empty(this.scanner.peek().offset));
        continue;
      }
      const value = this.scanner.next();
      children.push(NOT_A_NODE.has(this.peekType()) ? empty(value.offset) : this.node(true, true));
    }
  }

  private flowSequence(children: YamlNode[], start: Token): void {
    for (let isFirst = true; this.flowGoesOn(']', isFirst, start); isFirst = false) {
      const token = this.scanner.peek();
      if (token.type !== 'key') {
        children.push(this.node(false, false));
        continue;
      }
      // `[a: b]` is a list of one mapping.
      this.scanner.next();
      const pair: YamlNode[] = [];
      const next = this.scanner.peek();
      if (next.type === 'value' || next.type === ',' || next.type === ']') {
        pair.push(empty(next.offset));
        this.scanner.next();
      } else {
        pair.push(this.node(false, false));
      }
      pair.push(this.flowValue(']'));
      children.push({ kind: 'mapping', offset: token.offset, tag: '', text: '', isPlain: true, children: pair });
    }
  }

  private flowMapping(children: YamlNode[], start: Token): void {
    for (let isFirst = true; this.flowGoesOn('}', isFirst, start); isFirst = false) {
      const token = this.scanner.peek();
      if (token.type !== 'key') {
        children.push(this.node(false, false), empty(token.offset));
        continue;
      }
      this.scanner.next();
      const next = this.scanner.peek();
      const hasKey = next.type !== 'value' && next.type !== ',' && next.type !== '}';
      children.push(hasKey ? this.node(false, false) : empty(next.offset));
      children.push(this.flowValue('}'));
    }
  }

  /** Steps over the comma before the next entry; false at the end of the collection, which it takes. */
  private flowGoesOn(end: TokenType, isFirst: boolean, start: Token): boolean {
    let token = this.scanner.peek();
    if (token.type !== end && !isFirst) {
      if (token.type !== ',')
        throw new SyntaxProblem(`expected "," or the "${end}" of this "${start.type}"`, token.offset);
      this.scanner.next();
      token = this.scanner.peek();
    }
    if (token.type !== end) return true;
    this.scanner.next();
    return false;
  }

  private flowValue(end: TokenType): YamlNode {
    if (this.peekType() === 'value') {
      this.scanner.next();
      const next = this.peekType();
      if (next !== ',' && next !== end) return this.node(false, false);
    }
    return empty(this.scanner.peek().offset);
  }
}

function empty(offset: number): YamlNode {
  return { kind: 'scalar', offset, tag: '', text: '', isPlain: true, children: [] };
}
