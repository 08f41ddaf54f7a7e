import type { Json } from '../object';
import { parseNodes, type YamlNode } from './nodes';
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
import { keyOf, resolvePlain, resolveTagged, YAML_TAG } from './scalars';

/** What go-yaml's reader refuses anywhere: https://github.com/yaml/go-yaml/blob/v2.4.2/readerc.go */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/**
 * Parses one document with all of YAML in it, slower: what {@link parseFast} leaves over.
 *
 * @param marks filled with the offsets of keys and elements, when given
 * @throws SyntaxProblem for text that is no YAML to kubectl
 */
export function parseFull(text: string, start: number, end: number, marks?: Marks): Parsed {
  const from = text.charCodeAt(start) === 0xfeff ? start + 1 : start;
  const source = text.slice(from, end);
  try {
    const forbidden = FORBIDDEN.exec(source);
    if (forbidden !== null) {
      const code = forbidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      throw new SyntaxProblem(`the control character U+${code} is not allowed`, forbidden.index);
    }
    // These end a line, too, and mean a newline.
    const root = parseNodes(source.replace(/\r\n?|\x85/g, '\n'));
    return root === undefined ? { value: null, duplicates: [] } : new Decoder(from, marks).decode(root);
  } catch (error) {
    if (error instanceof SyntaxProblem) error.offset += from;
    throw error;
  }
}

/**
 * Makes a value of nodes as go-yaml does (https://github.com/yaml/go-yaml/blob/v2.4.2/decode.go): merge keys take effect
 * where they stand, and what aliases may multiply is limited.
 */
class Decoder {
  private readonly duplicates = new Map<number, Duplicate>();
  private depth = 0;
  /** The aliases that are being followed. */
  private readonly following = new Set<YamlNode>();
  private decoded = 0;
  private decodedByAlias = 0;

  constructor(
    private readonly start: number,
    private readonly marks: Marks | undefined,
  ) {}

  decode(root: YamlNode): Parsed {
    return { value: this.node(root), duplicates: [...this.duplicates.values()] };
  }

  private node(node: YamlNode): Json {
    this.count(node);
    this.enter(node);
    const value = this.resolve(node);
    this.depth--;
    return value;
  }

  private enter(node: YamlNode): void {
    if (++this.depth > MAX_DEPTH) throw new LimitProblem(`nested more than ${MAX_DEPTH} levels deep`, node.offset);
  }

  private resolve(node: YamlNode): Json {
    switch (node.kind) {
      case 'alias':
        return this.alias(node, (target) => this.node(target));
      case 'mapping': {
        const members: Members = {};
        this.mapping(node, members);
        return members;
      }
      case 'sequence': {
        const elements: Json[] = [];
        const offsets = this.marks && new Map<string | number, number>();
        if (offsets !== undefined) this.marks?.set(elements, offsets);
        for (const child of node.children) {
          offsets?.set(elements.length, this.start + child.offset);
          elements.push(this.node(child));
        }
        return elements;
      }
      case 'scalar': {
        const value = this.scalar(node);
        if (typeof value !== 'number' || Number.isFinite(value)) return value;
        throw new SyntaxProblem(`${node.text} is a number that JSON does not have`, node.offset);
      }
    }
  }

  private mapping({ children }: YamlNode, members: Members): void {
    const offsets = this.marks && (this.marks.get(members) ?? new Map<string | number, number>());
    if (offsets !== undefined) this.marks?.set(members, offsets);
    const own = new Set<string>();
    for (let index = 0; index < children.length; index += 2) {
      const key = children[index];
      const value = children[index + 1];
      if (key === undefined || value === undefined) break;
      if (isMergeKey(key)) {
        this.merge(value, members);
        continue;
      }
      const name = this.key(key);
      setMember(members, name, this.node(value));
      const offset = this.start + key.offset;
      offsets?.set(name, offset);
      if (own.has(name)) this.duplicates.set(offset, { key: name, offset });
      own.add(name);
    }
  }

  private key(node: YamlNode): string {
    this.count(node);
    if (node.kind === 'alias') {
      let name = '';
      this.alias(node, (target) => {
        name = this.key(target);
        return null;
      });
      return name;
    }
    if (node.kind !== 'scalar') throw new SyntaxProblem('a key must be a scalar, this is a collection', node.offset);
    const value = this.scalar(node);
    const name = typeof value === 'string' ? value : keyOf(node.text, node.tag);
    if (name === undefined)
      throw new SyntaxProblem('a key must be text, this is null or too large a number', node.offset);
    return name;
  }

  /** Merges mappings into one; of several the first has the last word. */
  private merge(node: YamlNode, members: Members): void {
    if (node.kind === 'sequence') {
      for (const item of [...node.children].reverse()) this.mergeOne(item, members);
    } else {
      this.mergeOne(node, members);
    }
  }

  private mergeOne(node: YamlNode, members: Members): void {
    this.count(node);
    if ((node.target ?? node).kind !== 'mapping') throw new SyntaxProblem('"<<" merges mappings only', node.offset);
    if (node.kind === 'mapping') {
      this.mapping(node, members);
      return;
    }
    this.alias(node, (target) => {
      this.count(target);
      this.mapping(target, members);
      return null;
    });
  }

  private alias(node: YamlNode, use: (target: YamlNode) => Json): Json {
    if (node.target === undefined || this.following.has(node)) {
      throw new SyntaxProblem(`the anchor &${node.text} contains itself`, node.offset);
    }
    this.enter(node);
    this.following.add(node);
    const value = use(node.target);
    this.following.delete(node);
    this.depth--;
    return value;
  }

  private scalar({ tag, text, isPlain, offset }: YamlNode): Json {
    if (tag === '') return isPlain ? resolvePlain(text) : text;
    if (!tag.startsWith(YAML_TAG)) return text;
    const value = resolveTagged(tag.slice(YAML_TAG.length), text);
    if (value === undefined)
      throw new SyntaxProblem(`${JSON.stringify(text)} is no !!${tag.slice(YAML_TAG.length)}`, offset);
    return value;
  }

  /** go-yaml's protection against documents that aliases blow up: a share of all nodes, smaller in large documents. */
  private count(node: YamlNode): void {
    this.decoded++;
    if (this.following.size === 0) return;
    this.decodedByAlias++;
    if (this.decodedByAlias <= 100 || this.decoded <= 1000) return;
    const beyond = Math.min(Math.max((this.decoded - 400_000) / 3_600_000, 0), 1);
    if (this.decodedByAlias / this.decoded > 0.99 - 0.89 * beyond) {
      throw new SyntaxProblem('aliases make this document too large', node.offset);
    }
  }
}

function isMergeKey({ kind, text, tag, isPlain }: YamlNode): boolean {
  return kind === 'scalar' && text === '<<' && (tag === '' ? isPlain : tag === `${YAML_TAG}merge`);
}
