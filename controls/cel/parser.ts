import type { ComprehensionMacro, Node } from './ast';
import { CelSyntaxError } from './errors';
import { type Token, tokenize } from './lexer';
import { negate } from './values';

// cel-go's limits, which Kubernetes leaves as they are (parser/parser.go).
const maxCodePoints = 100_000;
const maxDepth = 250;

/** cel-go refuses these as names of variables and functions, though not as fields (parser/parser.go). */
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

const relations = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
const additions = new Set(['+', '-']);
const multiplications = new Set(['*', '/', '%']);

/**
 * Parses an expression and expands its macros.
 *
 * @throws CelSyntaxError
 */
export function parse(source: string): Node {
  let codePoints = 0;
  if (source.length > maxCodePoints) for (const _ of source) codePoints++;
  if (codePoints > maxCodePoints) {
    throw new CelSyntaxError(`the expression is longer than ${maxCodePoints} characters`, source, 0);
  }
  return new Parser(source).whole();
}

class Parser {
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(private readonly source: string) {
    this.tokens = tokenize(source);
  }

  whole(): Node {
    const node = this.expression();
    if (this.peek().kind !== 'end') throw this.unexpected('an operator or the end of the expression');
    return node;
  }

  /** conditionalOr ('?' conditionalOr ':' expression)? */
  private expression(): Node {
    this.enter();
    const condition = this.logical('||');
    if (!this.take('?')) {
      this.depth--;
      return condition;
    }
    const then = this.logical('||');
    this.expect(':');
    const otherwise = this.expression();
    this.depth--;
    return { kind: 'conditional', at: condition.at, condition, then, otherwise };
  }

  private logical(sign: '&&' | '||'): Node {
    const operand = () => (sign === '||' ? this.logical('&&') : this.relation());
    const first = operand();
    if (this.peek().text !== sign || this.peek().kind !== 'sign') return first;
    const terms = [first];
    while (this.take(sign)) terms.push(operand());
    return { kind: sign, at: first.at, terms };
  }

  private relation(): Node {
    return this.binary(relations, () => this.binary(additions, () => this.binary(multiplications, () => this.unary())));
  }

  private binary(signs: ReadonlySet<string>, operand: () => Node): Node {
    let left = operand();
    let chained = 0;
    for (let token = this.peek(); token.kind === 'sign' && signs.has(token.text); token = this.peek()) {
      this.next++;
      chained++;
      this.enter();
      left = { kind: 'call', at: token.at, name: token.text, target: undefined, args: [left, operand()] };
    }
    this.depth -= chained;
    return left;
  }

  private unary(): Node {
    const sign = this.peek();
    if (sign.kind !== 'sign' || (sign.text !== '!' && sign.text !== '-')) return this.member();
    const literal = sign.text === '-' ? this.peek(1) : undefined;
    if (literal?.kind === 'literal' && /^[.\d]/.test(literal.text) && !/u$/i.test(literal.text)) return this.member();
    let count = 0;
    while (this.take(sign.text)) count++;
    const operand = this.member();
    // As in cel-go, an even number of signs is none at all: not even the type of the operand is looked at.
    if (count % 2 === 0) return operand;
    return { kind: 'call', at: sign.at, name: sign.text === '-' ? 'neg' : '!', target: undefined, args: [operand] };
  }

  private member(): Node {
    let node = this.primary();
    let chained = 0;
    for (;;) {
      const token = this.peek();
      if (this.take('.')) {
        const optional = this.take('?');
        const field = this.identifier('a field name');
        if (!optional && this.take('(')) {
          node = this.expand(
            field,
            node,
            this.list(')', () => this.expression()),
          );
        } else {
          node = { kind: 'select', at: field.at, operand: node, field: field.text, optional };
        }
      } else if (this.take('[')) {
        const optional = this.take('?');
        const key = this.expression();
        this.expect(']');
        node = { kind: 'index', at: token.at, operand: node, key, optional };
      } else if (token.text === '{' && token.kind === 'sign' && structName(node) !== undefined) {
        node = this.struct(node);
      } else {
        this.depth -= chained;
        return node;
      }
      chained++;
      this.enter();
    }
  }

  private primary(): Node {
    const token = this.peek();
    if (token.kind === 'literal') return this.literal(token);
    if (this.take('-')) {
      const number = this.peek();
      if (number.kind === 'literal' && /^[.\d]/.test(number.text))
        return { ...this.literal(number, true), at: token.at };
      throw this.unexpected('a number');
    }
    if (this.take('(')) {
      const node = this.expression();
      this.expect(')');
      // A name in parentheses is still a name to macros, but not the start of `a.b{}`.
      return node;
    }
    if (this.take('[')) {
      const elements = this.list(']', () => ({ optional: this.take('?'), value: this.expression() }), true);
      return { kind: 'list', at: token.at, elements };
    }
    if (this.take('{')) {
      const entries = this.list(
        '}',
        () => {
          const optional = this.take('?');
          const key = this.expression();
          this.expect(':');
          return { optional, key, value: this.expression() };
        },
        true,
      );
      return { kind: 'map', at: token.at, entries };
    }
    const root = this.take('.');
    const name = this.identifier('a value, a name or an opening bracket');
    if (reserved.has(name.text)) {
      throw new CelSyntaxError(`"${name.text}" is a reserved word`, this.source, name.at);
    }
    if (this.take('(')) {
      return this.expand(
        name,
        undefined,
        this.list(')', () => this.expression()),
      );
    }
    return { kind: 'ident', at: name.at, name: name.text, root };
  }

  private literal(token: Token & { kind: 'literal' }, negative = false): Node {
    this.next++;
    if (negative) return { kind: 'literal', at: token.at, value: negate(token.value) };
    if (token.value === 2n ** 63n) {
      throw new CelSyntaxError(`${token.text} does not fit an int (64 bits)`, this.source, token.at);
    }
    return { kind: 'literal', at: token.at, value: token.value };
  }

  private struct(typeNode: Node): Node {
    this.expect('{');
    const fields = this.list(
      '}',
      () => {
        const optional = this.take('?');
        const name = this.identifier('a field name').text;
        this.expect(':');
        return { optional, name, value: this.expression() };
      },
      true,
    );
    return { kind: 'struct', at: typeNode.at, name: structName(typeNode) ?? '', fields };
  }

  /** A call, or what the macro of that name and number of arguments stands for. */
  private expand(name: Token, target: Node | undefined, args: readonly Node[]): Node {
    const at = name.at;
    if (target === undefined) {
      if (name.text !== 'has' || args.length !== 1) return { kind: 'call', at, name: name.text, target, args };
      const [argument] = args;
      if (argument?.kind === 'select' && !argument.optional) {
        return { kind: 'has', at, operand: argument.operand, field: argument.field };
      }
      throw new CelSyntaxError('has() takes a field, such as has(object.spec)', this.source, argument?.at ?? at);
    }
    const macro = `${name.text}/${args.length}`;
    const [a, b, c, d] = args as readonly [Node, Node, Node, Node];
    const one = oneVariable[macro];
    if (one !== undefined) {
      const first = this.variable(a);
      const filtered = args.length === 3;
      return {
        kind: 'comprehension',
        at,
        macro: one,
        range: target,
        first,
        second: undefined,
        filter: filtered ? b : undefined,
        body: filtered ? c : b,
      };
    }
    const two = twoVariables[macro];
    if (two !== undefined) {
      const first = this.variable(a);
      const second = this.variable(b);
      if (first === second) throw new CelSyntaxError(`the variable ${first} is named twice`, this.source, b.at);
      const filtered = args.length === 4;
      return {
        kind: 'comprehension',
        at,
        macro: two,
        range: target,
        first,
        second,
        filter: filtered ? c : undefined,
        body: filtered ? d : c,
      };
    }
    if (macro === 'optMap/2' || macro === 'optFlatMap/2') {
      return {
        kind: 'optionalMap',
        at,
        flat: macro === 'optFlatMap/2',
        range: target,
        first: this.variable(a),
        body: b,
      };
    }
    if (macro === 'sortBy/2') {
      if (target.kind === 'literal' || target.kind === 'map' || target.kind === 'struct') {
        throw new CelSyntaxError('sortBy() takes a list', this.source, target.at);
      }
      return { kind: 'sortBy', at, range: target, first: this.variable(a), body: b };
    }
    return { kind: 'call', at, name: name.text, target, args };
  }

  private variable(node: Node): string {
    if (node.kind === 'ident' && !node.root && node.name !== '__result__') return node.name;
    throw new CelSyntaxError('the first arguments of this macro are names of variables', this.source, node.at);
  }

  /** Comma-separated parts up to a closing bracket; literals may have a comma after the last. */
  private list<Part>(close: string, part: () => Part, trailingComma = false): Part[] {
    const parts: Part[] = [];
    if (this.take(close)) return parts;
    if (trailingComma && this.take(',')) {
      this.expect(close);
      return parts;
    }
    do {
      if (trailingComma && parts.length > 0 && this.take(close)) return parts;
      parts.push(part());
    } while (this.take(','));
    this.expect(close);
    return parts;
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.next + ahead, this.tokens.length - 1)] as Token;
  }

  private take(sign: string): boolean {
    const token = this.peek();
    if (token.kind !== 'sign' || token.text !== sign) return false;
    this.next++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) throw this.unexpected(`"${sign}"`);
  }

  private identifier(what: string): Token {
    const token = this.peek();
    if (token.kind !== 'ident') throw this.unexpected(what);
    this.next++;
    return token;
  }

  private enter(): void {
    this.depth++;
    if (this.depth > maxDepth) {
      throw new CelSyntaxError(`the expression nests deeper than ${maxDepth} levels`, this.source, this.peek().at);
    }
  }

  private unexpected(wanted: string): CelSyntaxError {
    const token = this.peek();
    const found = token.kind === 'end' ? token.text : `"${token.text}"`;
    return new CelSyntaxError(`expected ${wanted}, found ${found}`, this.source, token.at);
  }
}

const oneVariable: Readonly<Record<string, ComprehensionMacro>> = {
  'all/2': 'all',
  'exists/2': 'exists',
  'exists_one/2': 'existsOne',
  'filter/2': 'filter',
  'map/2': 'map',
  'map/3': 'map',
};

const twoVariables: Readonly<Record<string, ComprehensionMacro>> = {
  'all/3': 'all',
  'exists/3': 'exists',
  'exists_one/3': 'existsOne',
  'existsOne/3': 'existsOne',
  'transformList/3': 'map',
  'transformList/4': 'map',
  'transformMap/3': 'transformMap',
  'transformMap/4': 'transformMap',
  'transformMapEntry/3': 'transformMapEntry',
  'transformMapEntry/4': 'transformMapEntry',
};

/** `a.b.C` of a chain of plain selections. */
export function structName(node: Node): string | undefined {
  if (node.kind === 'ident') return node.name;
  if (node.kind !== 'select' || node.optional) return undefined;
  const operand = structName(node.operand);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}
