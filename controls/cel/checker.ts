import type { Call, Comprehension, Node } from './ast';
import { CelError, CelSyntaxError } from './errors';
import { overloadsOf } from './functions';
import { checkFormat } from './functions/formatting';
import type { Overload } from './functions/library';
import { structName } from './parser';
import type { Type } from './types';
import * as t from './types';
import { isBytes, typeName } from './values';

/** What the checker found out about nodes, for whoever compiles them. */
export interface Checked {
  readonly type: Type;
  /** The overloads that fit, under the full name of the function (`ip.isCanonical`). */
  readonly calls: ReadonlyMap<Call, { readonly name: string; readonly overloads: readonly Overload[] }>;
  /** Names, dotted or not, that stand for a type. */
  readonly types: ReadonlyMap<Node, string>;
}

/**
 * Checks an expression as cel-go's checker does (checker/checker.go), so that what a ValidatingAdmissionPolicy could not
 * hold is refused here too: `1 == 'a'`, `[1, 'a']`, a function that does not exist, …
 *
 * @param variables names of variables, which are all of type dyn; undefined accepts any name
 * @throws CelSyntaxError
 */
export function check(node: Node, source: string, variables: ReadonlySet<string> | undefined): Checked {
  const checker = new Checker(source, variables);
  const type = checker.check(node, undefined);
  checker.checkLiterals();
  checker.checkFormats();
  checker.checkLocals();
  return { type, calls: checker.calls, types: checker.types };
}

/** The elements, keys or values of one literal. */
type Elements = readonly { readonly node: Node; readonly type: Type; readonly optional: boolean }[];

/** The variables of the comprehensions around a node, innermost first. */
interface Scope {
  readonly name: string;
  readonly type: Type;
  readonly outer: Scope | undefined;
}

class Checker {
  readonly calls = new Map<Call, { name: string; overloads: readonly Overload[] }>();
  readonly types = new Map<Node, string>();
  /** What is known about type parameters so far. */
  private readonly bound = new Map<string, Type>();
  /** What was known before each change, for taking changes back. */
  private readonly changes: [parameter: string, before: Type | undefined][] = [];
  private fresh = 0;
  private readonly literals: Elements[] = [];
  /** How many calls of format() there are around what is looked at. */
  private formats = 0;
  private readonly formatCalls: Call[] = [];
  private readonly locals: { readonly node: Node; readonly type: Type }[] = [];
  /** The types of elements, keys and values of literals within format(). */
  private readonly formatTypes = new Map<Node, Type>();

  constructor(
    private readonly source: string,
    private readonly variables: ReadonlySet<string> | undefined,
  ) {}

  check(node: Node, scope: Scope | undefined): Type {
    switch (node.kind) {
      case 'literal':
        return literalType(node.value);
      case 'ident':
      case 'select':
        return this.name(node, scope);
      case 'has':
        this.field(node.operand, node.field, node, scope);
        return t.bool;
      case 'index': {
        const operand = this.check(node.operand, scope);
        const key = this.check(node.key, scope);
        return this.resolve(node, node.optional ? '[?]' : '[]', [operand, key], false).type;
      }
      case 'call':
        return this.call(node, scope);
      case '&&':
      case '||':
        for (const term of node.terms) this.require(term, t.bool, scope);
        return t.bool;
      case 'conditional': {
        const types = [node.condition, node.then, node.otherwise].map((part) => this.check(part, scope));
        return this.resolve(node, '?:', types, false).type;
      }
      case 'list':
        return t.list(this.elements(node.elements, scope));
      case 'map': {
        const keys = node.entries.map(({ key }) => ({ value: key, optional: false }));
        return t.map(this.elements(keys, scope), this.elements(node.entries, scope));
      }
      case 'struct':
        return this.struct(node, scope);
      case 'comprehension':
        return this.comprehension(node, scope);
      case 'optionalMap': {
        const value = this.freshParam();
        const range = this.check(node.range, scope);
        if (!this.assignable(range, t.optional(value))) throw this.mismatch(node.range, 'an optional', range);
        const body = this.check(node.body, { name: node.first, type: this.substitute(value), outer: scope });
        if (!node.flat) return t.optional(this.substitute(body));
        const result = t.optional(this.freshParam());
        if (!this.assignable(body, result)) throw this.mismatch(node.body, 'an optional', body);
        return this.substitute(body);
      }
      case 'sortBy': {
        const range = this.substitute(this.check(node.range, scope));
        const element = this.rangeTypes(node.range, range, false)[0];
        const key = this.check(node.body, { name: node.first, type: element, outer: scope });
        return this.resolve(node, '@sortByAssociatedKeys', [range, t.list(this.substitute(key))], true).type;
      }
    }
  }

  private name(node: Node & { kind: 'ident' | 'select' }, scope: Scope | undefined): Type {
    const root = rootOf(node);
    const local = root && !root.root ? find(scope, root.name) : undefined;
    if (node.kind === 'ident' && local) {
      this.locals.push({ node, type: local.type });
      return local.type;
    }
    const name = local ? undefined : structName(node);
    if (name !== undefined && root) {
      if (node.kind === 'ident' && this.variables?.has(name)) return t.dyn;
      const type = t.typeNames.get(name);
      if (type !== undefined) {
        this.types.set(node, type.name);
        return t.typeOf(type);
      }
    }
    if (node.kind === 'select') return this.field(node.operand, node.field, node, scope, node.optional);
    if (this.variables === undefined) return t.dyn;
    const known = [...this.variables].sort();
    throw this.error(
      node,
      `undeclared variable "${node.name}"${known.length > 0 ? `; there are ${known.join(', ')}` : ''}`,
    );
  }

  private field(operand: Node, field: string, at: Node, scope: Scope | undefined, optional = false): Type {
    const operandType = this.substitute(this.check(operand, scope));
    const inner = unwrap(operandType);
    const target = inner ?? operandType;
    let result: Type = t.dyn;
    if (target.kind === 'map') result = target.parameters[1] ?? t.dyn;
    else if (target.kind === 'param') this.assignable(t.dyn, target);
    else if (target.kind !== 'dyn' && target.kind !== 'error') {
      throw this.error(at, `a value of type ${target.text} has no field "${field}"`);
    }
    return this.substitute(inner || optional ? t.optional(result) : result);
  }

  private call(node: Call, scope: Scope | undefined): Type {
    if (node.name === 'format') this.formats++;
    const args = node.args.map((arg) => this.check(arg, scope));
    if (node.name === 'format') this.formats--;
    const prefix = node.target === undefined ? undefined : structName(node.target);
    if (prefix !== undefined && overloadsOf(`${prefix}.${node.name}`) !== undefined) {
      return this.remember(node, `${prefix}.${node.name}`, args, false);
    }
    const types = node.target === undefined ? args : [this.check(node.target, scope), ...args];
    if (node.name === 'format') this.formatCalls.push(node);
    return this.remember(node, node.name, types, node.target !== undefined);
  }

  private remember(node: Call, name: string, types: readonly Type[], member: boolean): Type {
    const { overloads, type } = this.resolve(node, name, types, member);
    this.calls.set(node, { name, overloads });
    return type;
  }

  /** The overloads that accept arguments of these types, and the type of what they give. */
  private resolve(node: Node, name: string, types: readonly Type[], member: boolean) {
    const all = overloadsOf(name);
    if (all === undefined) throw this.error(node, `there is no function "${name}" in Kubernetes' CEL`);
    const overloads: Overload[] = [];
    let result: Type | undefined;
    for (const overload of all) {
      if (overload.member !== member) continue;
      const renamed = new Map<string, Type>();
      const parameters = overload.parameters.map((parameter) => this.rename(parameter, renamed));
      if (!this.assignableAll(types, parameters)) continue;
      overloads.push(overload);
      const type = this.substitute(this.rename(overload.result, renamed));
      if (result === undefined) result = type;
      else if (result.kind !== 'dyn' && result.text !== type.text) result = t.dyn;
    }
    if (result === undefined) {
      const given = types.map((type) => this.substitute(type, true).text);
      const call = member ? `${given[0]}.${name}(${given.slice(1).join(', ')})` : `${name}(${given.join(', ')})`;
      throw this.error(node, `no overload of ${name} fits: ${call}`);
    }
    return { overloads, type: result };
  }

  private struct(node: Node & { kind: 'struct' }, scope: Scope | undefined): Type {
    for (const field of node.fields) this.element(field.value, field.optional, scope);
    if (node.name !== 'JSONPatch' && !/^Object(\.|$)/.test(node.name)) {
      throw this.error(node, `there is no type "${node.name}" to construct; Kubernetes has Object and JSONPatch`);
    }
    return t.dyn;
  }

  private comprehension(node: Comprehension, scope: Scope | undefined): Type {
    const range = this.substitute(this.check(node.range, scope));
    const [first, second] = this.rangeTypes(node.range, range, node.second !== undefined);
    let inner: Scope = { name: node.first, type: first, outer: scope };
    if (node.second !== undefined) inner = { name: node.second, type: second, outer: inner };
    if (node.filter !== undefined) this.require(node.filter, t.bool, inner);
    switch (node.macro) {
      case 'all':
      case 'exists':
      case 'existsOne':
        this.require(node.body, t.bool, inner);
        return t.bool;
      case 'filter':
        this.require(node.body, t.bool, inner);
        return this.substitute(t.list(first));
      case 'map':
        return this.substitute(t.list(this.check(node.body, inner)));
      case 'transformMap':
        return this.substitute(t.map(first, this.check(node.body, inner)));
      case 'transformMapEntry': {
        const entry = t.map(this.freshParam(), this.freshParam());
        const body = this.check(node.body, inner);
        if (!this.assignable(body, entry)) throw this.mismatch(node.body, 'a map', body);
        return this.substitute(entry);
      }
    }
  }

  /** The types of the variables of a comprehension: element, or index and element, or key (and value). */
  private rangeTypes(node: Node, range: Type, two: boolean): [Type, Type] {
    const [a = t.dyn, b = t.dyn] = range.parameters;
    if (range.kind === 'list') return two ? [t.intType, a] : [a, t.dyn];
    if (range.kind === 'map') return [a, b];
    if (range.kind === 'dyn' || range.kind === 'error' || range.kind === 'param') {
      this.assignable(t.dyn, range);
      return [t.dyn, t.dyn];
    }
    throw this.mismatch(node, 'a list or map', range);
  }

  private element(node: Node, optional: boolean, scope: Scope | undefined): Type {
    const type = this.check(node, scope);
    return optional ? this.inner(node, type) : type;
  }

  /** The type of what an optional element holds. */
  private inner(node: Node, type: Type): Type {
    const inner = unwrap(this.substitute(type));
    if (inner === undefined && type.kind !== 'dyn')
      throw this.mismatch(node, 'an optional, as it is marked with ?', type);
    return inner ?? t.dyn;
  }

  /** The one type of the elements of a literal. */
  private elements(parts: readonly { value: Node; optional: boolean }[], scope: Scope | undefined): Type {
    const elements: Elements = parts.map(({ value, optional }) => ({
      node: value,
      optional,
      type: this.check(value, scope),
    }));
    if (this.formats === 0) this.literals.push(elements);
    else for (const { node, type } of elements) this.formatTypes.set(node, type);
    let joined: Type | undefined;
    for (const { node, type: given, optional } of elements) {
      const type = optional ? this.inner(node, given) : given;
      if (joined === undefined) joined = type;
      else joined = this.assignable(joined, type) ? mostGeneral(joined, type) : t.dyn;
    }
    return joined ?? this.freshParam();
  }

  /**
   * Kubernetes wants literals whose elements are of one type, not even dyn beside another, except for the arguments of
   * format(). All types have to be known for that.
   */
  checkLiterals(): void {
    for (const elements of this.literals) {
      let wanted: Type | undefined;
      for (const { node, type, optional } of elements) {
        const known = this.substitute(type, true);
        if (optional && known.kind === 'dyn') throw this.mismatch(node, 'an optional, as it is marked with ?', known);
        const found = optional ? (known.parameters[0] ?? t.dyn) : known;
        wanted ??= found;
        if (found.text !== wanted.text) throw this.mismatch(node, `${wanted.text}, as before it`, found);
      }
    }
  }

  /** cel-go takes a variable for the name of a type where the checker knows it to hold one, and then finds no such type. */
  checkLocals(): void {
    for (const { node, type } of this.locals) {
      if (this.substitute(type, true).kind === 'type') throw this.error(node, 'a variable of a macro cannot be a type');
    }
  }

  /** Constant patterns of format() must fit what they are given in a literal. */
  checkFormats(): void {
    for (const call of this.formatCalls) {
      const [list] = call.args;
      if (call.target?.kind !== 'literal' || typeof call.target.value !== 'string' || list?.kind !== 'list') continue;
      try {
        checkFormat(call.target.value, list.elements.length, (at, names) => {
          const node = list.elements[at]?.value;
          return node === undefined || this.isFormattable(node, names);
        });
      } catch (error) {
        throw error instanceof CelError ? this.error(call, error.message) : error;
      }
    }
  }

  private isFormattable(node: Node, names: readonly string[]): boolean {
    const type = this.substitute(this.formatTypes.get(node) ?? t.dyn, true);
    if (type.kind !== 'dyn' && !names.includes(type.name)) return false;
    if (node.kind === 'list') return node.elements.every(({ value }) => this.isFormattable(value, names));
    if (node.kind !== 'map') return true;
    return node.entries.every(({ key, value }) => this.isFormattable(key, names) && this.isFormattable(value, names));
  }

  private require(node: Node, wanted: Type, scope: Scope | undefined): void {
    const type = this.check(node, scope);
    if (!this.assignable(type, wanted)) throw this.mismatch(node, wanted.text, type);
  }

  private freshParam(): Type {
    return t.param(`_${this.fresh++}`);
  }

  private rename(type: Type, renamed: Map<string, Type>): Type {
    if (type.kind === 'param') {
      let other = renamed.get(type.name);
      if (other === undefined) {
        other = this.freshParam();
        renamed.set(type.name, other);
      }
      return other;
    }
    if (type.parameters.length === 0) return type;
    return t.withParameters(
      type,
      type.parameters.map((parameter) => this.rename(parameter, renamed)),
    );
  }

  /** Replaces type parameters by what is known of them; by dyn, if asked, where nothing is. */
  private substitute(type: Type, unknownToDyn = false): Type {
    const bound = this.bound.get(type.text);
    if (bound !== undefined) return this.substitute(bound, unknownToDyn);
    if (type.kind === 'param') return unknownToDyn ? t.dyn : type;
    if (type.parameters.length === 0) return type;
    return t.withParameters(
      type,
      type.parameters.map((parameter) => this.substitute(parameter, unknownToDyn)),
    );
  }

  private assignable(from: Type, to: Type): boolean {
    return this.assignableAll([from], [to]);
  }

  /** Keeps what it learns about type parameters only where all agree. */
  private assignableAll(from: readonly Type[], to: readonly Type[]): boolean {
    const before = this.changes.length;
    if (this.unifyAll(from, to)) return true;
    while (this.changes.length > before) {
      const [parameter, type] = this.changes.pop() ?? [''];
      if (type === undefined) this.bound.delete(parameter);
      else this.bound.set(parameter, type);
    }
    return false;
  }

  private unifyAll(a: readonly Type[], b: readonly Type[]): boolean {
    return a.length === b.length && a.every((type, at) => this.unify(type, b[at] as Type));
  }

  /** internalIsAssignable of cel-go's checker/types.go. */
  private unify(a: Type, b: Type): boolean {
    if (b.kind === 'param') {
      const [valid, had] = this.bind(a, b);
      if (valid) return true;
      if (had) return false;
    }
    if (a.kind === 'param') return this.bind(b, a)[0];
    if (isLoose(a) || isLoose(b)) return true;
    if (a.name === 'null_type') return isNullable(b);
    if (b.name === 'null_type') return isNullable(a);
    if (a.kind === 'type') return b.kind === 'type';
    return a.kind === b.kind && a.name === b.name && this.unifyAll(a.parameters, b.parameters);
  }

  /** Whether `type` may stand for a type parameter, and whether the parameter stood for something already. */
  private bind(type: Type, parameter: Type): [valid: boolean, had: boolean] {
    if (type.text === parameter.text) return [true, true];
    const bound = this.bound.get(parameter.text);
    if (bound !== undefined) {
      if (type.text === bound.text) return [true, true];
      if (!this.unify(type, bound)) return [false, true];
      const general = mostGeneral(type, bound);
      if (!this.occurs(parameter, general)) this.learn(parameter, general);
      return [true, true];
    }
    if (this.occurs(parameter, type)) return [false, false];
    this.learn(parameter, type);
    return [true, false];
  }

  private learn(parameter: Type, type: Type): void {
    this.changes.push([parameter.text, this.bound.get(parameter.text)]);
    this.bound.set(parameter.text, type);
  }

  private occurs(parameter: Type, within: Type): boolean {
    if (parameter.text === within.text) return true;
    if (within.kind === 'param') {
      const bound = this.bound.get(within.text);
      return bound !== undefined && this.occurs(parameter, bound);
    }
    return within.parameters.some((inner) => this.occurs(parameter, inner));
  }

  private mismatch(node: Node, wanted: string, found: Type): CelSyntaxError {
    return this.error(node, `expected ${wanted}, found ${this.substitute(found, true).text}`);
  }

  private error(node: Node, reason: string): CelSyntaxError {
    return new CelSyntaxError(reason, this.source, node.at);
  }
}

function literalType(value: unknown): Type {
  return isBytes(value) ? t.parseType('bytes') : t.parseType(typeName(value));
}

function find(scope: Scope | undefined, name: string): Scope | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at;
  return undefined;
}

/** The name that a chain of selections starts with. */
function rootOf(node: Node): (Node & { kind: 'ident' }) | undefined {
  let at = node;
  while (at.kind === 'select') at = at.operand;
  return at.kind === 'ident' ? at : undefined;
}

function isLoose(type: Type): boolean {
  return type.kind === 'dyn' || type.kind === 'error';
}

function isNullable(type: Type): boolean {
  return (
    type.kind === 'opaque' ||
    type.kind === 'struct' ||
    type.name === 'null_type' ||
    type.name === 'google.protobuf.Timestamp' ||
    type.name === 'google.protobuf.Duration'
  );
}

function unwrap(type: Type): Type | undefined {
  return type.name === 'optional_type' ? type.parameters[0] : undefined;
}

function mostGeneral(a: Type, b: Type): Type {
  return isLessSpecific(a, b) ? a : b;
}

function isLessSpecific(a: Type, b: Type): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true;
  if (b.kind === 'dyn' || b.kind === 'param') return false;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  return (
    a.name === b.name &&
    a.parameters.length === b.parameters.length &&
    a.parameters.every((parameter, at) => isLessSpecific(parameter, b.parameters[at] as Type))
  );
}
