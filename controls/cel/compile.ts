import type { Call, Comprehension, Node } from './ast';
import { beginBudget, Exhausted, endBudget, spend, spendText } from './budget';
import { type Checked, check } from './checker';
import { CelError, CelSyntaxError, UNKNOWN, unknown } from './errors';
import { overloadsOf } from './functions';
import { type Overload, tester } from './functions/library';
import { index, optionalIndex } from './functions/operators';
import { checkPattern } from './functions/regex';
import { parse } from './parser';
import {
  isMap,
  keyIn,
  keysOf,
  lookup,
  type MapValue,
  noSuchKey,
  noSuchOverload,
  Optional,
  TypeValue,
  toJson,
  typeName,
} from './values';

/**
 * A compiled expression: gives its value for these variables.
 *
 * Only own properties count as variables; one may be a getter, which is then called where the variable is used.
 *
 * @throws CelError
 */
export type Program = (activation: Readonly<Record<string, unknown>>) => unknown;

export interface CompileOptions {
  /** The names that are declared, each of type dyn. @default - any name is a variable */
  readonly variables?: readonly string[];
  /**
   * Whether a value of the wrong type is an error where cel-go takes it for absent: `.?field` and `has()` on a text, a
   * number or a truth, and a value of another type than the literal that `orValue()` has for it. The API server's
   * objects are decoded into their types before any expression sees them; what comes from a file is not.
   *
   * @default false
   */
  readonly typed?: boolean;
}

/**
 * Compiles an expression.
 *
 * @throws CelSyntaxError for whatever Kubernetes would refuse before it evaluates
 */
export function compile(source: string, { variables, typed = false }: CompileOptions = {}): Program {
  const node = parse(source);
  const checked = check(node, source, variables && new Set(variables));
  const compiler = new Compiler(source, checked, typed);
  const run = compiler.compile(node, undefined);
  const slots = compiler.slots;
  return (activation) => {
    const outer = beginBudget();
    try {
      const value = run({ variables: activation, locals: slots === 0 ? none : new Array(slots) });
      if (value === UNKNOWN) throw unknown();
      return value;
    } catch (error) {
      if (error instanceof Exhausted) throw new CelError(error.message);
      // A string longer than JavaScript's longest.
      if (error instanceof RangeError) throw new CelError(`evaluation needs too much memory: ${error.message}`);
      throw error;
    } finally {
      endBudget(outer);
    }
  };
}

/** What one evaluation works on. */
interface Frame {
  readonly variables: Readonly<Record<string, unknown>>;
  /** The variables of comprehensions. */
  readonly locals: unknown[];
}

const none: unknown[] = [];

type Evaluate = (frame: Frame) => unknown;

interface Scope {
  readonly name: string;
  readonly slot: number;
  readonly outer: Scope | undefined;
}

class Compiler {
  /** How many variables of comprehensions there are. */
  slots = 0;
  /** Conversions whose result is known. */
  private readonly constants = new Set<Node>();

  constructor(
    private readonly source: string,
    private readonly checked: Checked,
    private readonly typed: boolean,
  ) {}

  compile(node: Node, scope: Scope | undefined): Evaluate {
    const type = this.checked.types.get(node);
    if (type !== undefined) return constant(new TypeValue(type));
    switch (node.kind) {
      case 'literal':
        return constant(node.value);
      case 'ident': {
        const slot = node.root ? undefined : slotOf(scope, node.name);
        return slot === undefined ? variable(node.name) : (frame) => frame.locals[slot];
      }
      case 'select': {
        const operand = this.operand(node, scope);
        return node.optional ? (frame) => optionalField(operand(frame), node.field) : select(operand, node.field);
      }
      case 'has':
        return has(this.operand(node, scope), node.field);
      case 'index': {
        const operand = this.operand(node, scope);
        const key = this.compile(node.key, scope);
        const run = node.optional ? optionalIndex : index;
        return (frame) => {
          const object = operand(frame);
          // As in cel-go, the key of nothing is not even evaluated.
          return object instanceof Optional && object.value === undefined ? object : run(object, key(frame));
        };
      }
      case 'call':
        return this.call(node, scope);
      case '&&':
        return logical(
          node.terms.map((term) => this.compile(term, scope)),
          false,
        );
      case '||':
        return logical(
          node.terms.map((term) => this.compile(term, scope)),
          true,
        );
      case 'conditional': {
        const condition = this.compile(node.condition, scope);
        const then = this.compile(node.then, scope);
        const otherwise = this.compile(node.otherwise, scope);
        return (frame) => {
          const value = condition(frame);
          if (value === true) return then(frame);
          if (value === false) return otherwise(frame);
          throw noSuchOverload('?:', [value]);
        };
      }
      case 'list':
        return this.list(node, scope);
      case 'map':
        return this.map(node, scope);
      case 'struct': {
        const fields = node.fields.map(({ name, value, optional }) => ({
          name,
          optional,
          value: this.compile(value, scope),
        }));
        return (frame) => {
          const map = new Map<unknown, unknown>();
          for (const { name, value, optional } of fields) put(map, name, value(frame), optional);
          return map;
        };
      }
      case 'comprehension':
        return this.comprehension(node, scope);
      case 'optionalMap': {
        const range = this.compile(node.range, scope);
        const slot = this.slots++;
        const body = this.compile(node.body, { name: node.first, slot, outer: scope });
        return (frame) => {
          const value = range(frame);
          if (!(value instanceof Optional)) throw noSuchOverload('optMap', [value]);
          if (value.value === undefined) return Optional.none;
          frame.locals[slot] = value.value;
          const result = body(frame);
          return node.flat ? result : new Optional(result);
        };
      }
      case 'sortBy': {
        const range = this.compile(node.range, scope);
        const slot = this.slots++;
        const key = this.compile(node.body, { name: node.first, slot, outer: scope });
        return (frame) => {
          const list = range(frame);
          const keys = elements(list).map((element) => {
            spend(1);
            frame.locals[slot] = element;
            return key(frame);
          });
          return overloadsOf('@sortByAssociatedKeys')?.[0]?.run(list, keys);
        };
      }
    }
  }

  private list(node: Node & { kind: 'list' }, scope: Scope | undefined): Evaluate {
    const parts = node.elements.map(({ value }) => this.compile(value, scope));
    if (node.elements.every(({ value, optional }) => !optional && value.kind === 'literal')) {
      const list = node.elements.map(({ value }) => (value as Node & { kind: 'literal' }).value);
      return constant(list);
    }
    if (!node.elements.some(({ optional }) => optional)) {
      return (frame) => {
        const list = new Array(parts.length);
        for (let at = 0; at < parts.length; at++) list[at] = (parts[at] as Evaluate)(frame);
        return list;
      };
    }
    return (frame) => {
      const list: unknown[] = [];
      node.elements.forEach(({ optional }, at) => {
        const value = (parts[at] as Evaluate)(frame);
        if (!optional) list.push(value);
        else if (asOptional(value).value !== undefined) list.push(asOptional(value).value);
      });
      return list;
    };
  }

  private map(node: Node & { kind: 'map' }, scope: Scope | undefined): Evaluate {
    const entries = node.entries.map(({ key, value, optional }) => ({
      optional,
      key: this.compile(key, scope),
      value: this.compile(value, scope),
    }));
    return (frame) => {
      const map = new Map<unknown, unknown>();
      for (const { key, value, optional } of entries) put(map, key(frame), value(frame), optional);
      return map;
    };
  }

  /** What is asked for a field; where the answer could be "none", it must be something that has fields. */
  private operand(node: Node & { operand: Node }, scope: Scope | undefined): Evaluate {
    const run = this.compile(node.operand, scope);
    return this.typed && (node.kind === 'has' || isOptional(node)) ? withFields(run) : run;
  }

  private call(node: Call, scope: Scope | undefined): Evaluate {
    const resolved = this.checked.calls.get(node);
    if (resolved === undefined) throw new CelSyntaxError(`${node.name} was not checked`, this.source, node.at);
    const { name, overloads } = resolved;
    const member = overloads[0]?.member === true;
    const nodes = member && node.target ? [node.target, ...node.args] : node.args;
    const args = nodes.map((arg) => this.compile(arg, scope));
    const [target, argument] = args;
    if (member && target && argument && (name === 'or' || name === 'orValue')) {
      const ofType = this.typed && nodes[1] !== undefined ? requireType(target, nodes[1]) : target;
      return optionalOr(ofType, argument, name === 'orValue');
    }
    const run = operator(name, nodes, args) ?? dispatch(name, overloads, args);
    this.tryConstants(node, name, nodes, run);
    return run;
  }

  /** As cel-go does, refuses a conversion or a pattern that is constant and fails, even where it would not be reached. */
  private tryConstants(node: Call, name: string, nodes: readonly Node[], run: Evaluate): void {
    const [first, second] = nodes;
    try {
      if (
        conversions.has(name) &&
        nodes.length === 1 &&
        first &&
        (first.kind === 'literal' || this.constants.has(first))
      ) {
        run({ variables: {}, locals: none });
        this.constants.add(node);
      }
      if (patterns.has(name) && second?.kind === 'literal' && typeof second.value === 'string')
        checkPattern(second.value);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      throw new CelSyntaxError(error.message, this.source, node.at);
    }
  }

  private comprehension(node: Comprehension, scope: Scope | undefined): Evaluate {
    const range = this.compile(node.range, scope);
    const first = this.slots++;
    let inner: Scope = { name: node.first, slot: first, outer: scope };
    let second = -1;
    if (node.second !== undefined) {
      second = this.slots++;
      inner = { name: node.second, slot: second, outer: inner };
    }
    const filter = node.filter && this.compile(node.filter, inner);
    const body = this.compile(node.body, inner);
    const each = second < 0 ? eachOne(range, first) : eachTwo(range, first, second);
    switch (node.macro) {
      case 'all':
        return quantifier(each, body, false);
      case 'exists':
        return quantifier(each, body, true);
      case 'existsOne':
        return (frame) => {
          let count = 0;
          each(frame, () => {
            if (truth(body(frame))) count++;
          });
          return count === 1;
        };
      case 'filter':
        return (frame) => {
          const kept: unknown[] = [];
          each(frame, () => {
            if (truth(body(frame))) kept.push(frame.locals[first]);
          });
          return kept;
        };
      case 'map':
        return (frame) => {
          const list: unknown[] = [];
          each(frame, () => {
            if (filter === undefined || truth(filter(frame))) list.push(body(frame));
          });
          return list;
        };
      case 'transformMap':
        return (frame) => {
          const map = new Map<unknown, unknown>();
          each(frame, () => {
            if (filter === undefined || truth(filter(frame))) insert(map, frame.locals[first], body(frame));
          });
          return map;
        };
      case 'transformMapEntry':
        return (frame) => {
          const map = new Map<unknown, unknown>();
          each(frame, () => {
            if (filter !== undefined && !truth(filter(frame))) return;
            const entries = body(frame);
            if (!isMap(entries)) throw noSuchOverload('transformMapEntry', [entries]);
            for (const key of keysOf(entries)) insert(map, key, lookup(entries, key));
          });
          return map;
        };
    }
  }
}

const conversions = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'uint',
  'type',
]);
const patterns = new Set(['matches', 'find', 'findAll']);

/** The argument is evaluated only where there is no value. */
function optionalOr(target: Evaluate, argument: Evaluate, unwrap: boolean): Evaluate {
  return (frame) => {
    const optional = target(frame);
    if (!(optional instanceof Optional)) throw noSuchOverload(unwrap ? 'orValue' : 'or', [optional]);
    if (optional.value === undefined) return argument(frame);
    return unwrap ? optional.value : optional;
  };
}

/** Whether a selection gives an optional. */
function isOptional(node: Node): boolean {
  return (node.kind === 'select' || node.kind === 'index') && (node.optional || isOptional(node.operand));
}

/** Refuses what no field can be selected from: in an object of the right types there is none of it. */
function withFields(operand: Evaluate): Evaluate {
  return (frame) => {
    const value = operand(frame);
    const held = value instanceof Optional ? value.value : value;
    if (typeof held === 'string' || typeof held === 'number' || typeof held === 'boolean') {
      throw new CelError(`found a ${jsonType(held)}, which has no fields`);
    }
    return value;
  };
}

/** Refuses a value that is not of the type of the literal which stands for its absence. */
function requireType(target: Evaluate, otherwise: Node): Evaluate {
  const type = typeOfLiteral(otherwise);
  if (type === undefined) return target;
  return (frame) => {
    const optional = target(frame);
    const value = optional instanceof Optional ? optional.value : undefined;
    if (value !== undefined && jsonType(value) !== type) {
      throw new CelError(`found a ${jsonType(value)}, expected a ${type}`);
    }
    return optional;
  };
}

function typeOfLiteral(node: Node): string | undefined {
  if (node.kind === 'list' || node.kind === 'map') return node.kind;
  return node.kind === 'literal' && node.value !== null ? jsonType(node.value) : undefined;
}

/** As JSON has types: it knows one kind of number. */
function jsonType(value: unknown): string {
  const type = typeName(value);
  return type === 'int' || type === 'uint' || type === 'double' ? 'number' : type;
}

function constant(value: unknown): Evaluate {
  return () => value;
}

function slotOf(scope: Scope | undefined, name: string): number | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.name === name) return at.slot;
  return undefined;
}

function variable(name: string): Evaluate {
  return (frame) => {
    const { variables } = frame;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) throw new CelError(`no such variable: ${name}`);
    return value;
  };
}

/** Whether an object is one that JSON.parse and YAML make, on which names that Object.prototype lacks are own properties. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function select(operand: Evaluate, field: string): Evaluate {
  if (field in Object.prototype) return (frame) => selectAny(operand(frame), field);
  return (frame) => {
    const object = operand(frame);
    if (isPlain(object)) {
      const value = object[field];
      if (value !== undefined) return value;
    }
    return selectAny(object, field);
  };
}

function selectAny(object: unknown, field: string): unknown {
  if (object instanceof Optional) return optionalField(object, field);
  if (!isMap(object)) throw noSuchOverload(`select ${field}`, [object]);
  const value = lookup(object, field);
  if (value === undefined) throw noSuchKey(field);
  return value;
}

/** `operand.?field`: none where the field is absent, and also, as in cel-go, where no field could be. */
function optionalField(operand: unknown, field: string): Optional {
  const value = presentField(operand, field);
  return value === undefined ? Optional.none : new Optional(value);
}

function presentField(operand: unknown, field: string): unknown {
  if (operand instanceof Optional) {
    return operand.value === undefined ? undefined : presentField(operand.value, field);
  }
  if (isMap(operand)) return known(lookup(operand, field));
  if (Array.isArray(operand)) throw new CelError(`a list has no field "${field}"`);
  if (operand === UNKNOWN) throw unknown();
  return undefined;
}

/** What is not known yet may turn out to be absent. */
function known(value: unknown): unknown {
  if (value === UNKNOWN) throw unknown();
  return value;
}

function has(operand: Evaluate, field: string): Evaluate {
  if (field in Object.prototype) return (frame) => presentField(operand(frame), field) !== undefined;
  return (frame) => {
    const object = operand(frame);
    return (isPlain(object) ? known(object[field]) : presentField(object, field)) !== undefined;
  };
}

function asOptional(value: unknown): Optional {
  if (!(value instanceof Optional)) throw noSuchOverload('?', [value]);
  return value;
}

/** Some values are no keys to Go, which cel-go leaves it to find out. */
function requireHashable(key: unknown): void {
  const type = typeName(key);
  if (type === 'bytes' || type === 'kubernetes.Semver' || type === 'kubernetes.NamedFormat') {
    throw new CelError(`a value of type ${type} cannot be the key of a map`);
  }
}

/** An entry of a literal: the last of equal keys stays. */
function put(map: Map<unknown, unknown>, key: unknown, value: unknown, optional: boolean): void {
  requireHashable(key);
  const entry = optional ? asOptional(value).value : value;
  if (entry !== undefined) map.set(keyIn(map, key) ?? key, entry);
}

/** An entry of a macro, whose keys must differ. */
function insert(map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  requireHashable(key);
  if (lookup(map, key) !== undefined) throw new CelError(`a key comes twice: ${JSON.stringify(toJson(key))}`);
  map.set(key, value);
}

function elements(range: unknown): readonly unknown[] {
  if (Array.isArray(range)) return range;
  if (isMap(range)) return keysOf(range);
  throw noSuchOverload('comprehension', [range]);
}

/** Calls `step` for each element with the variables set, until it returns true. */
type Each = (frame: Frame, step: () => unknown) => void;

function eachOne(range: Evaluate, slot: number): Each {
  return (frame, step) => {
    const list = elements(range(frame));
    const { locals } = frame;
    for (let at = 0; at < list.length; at++) {
      spend(1);
      locals[slot] = list[at];
      if (step() === true) return;
    }
  };
}

function eachTwo(range: Evaluate, first: number, second: number): Each {
  return (frame, step) => {
    const value = range(frame);
    const list = elements(value);
    const { locals } = frame;
    for (let at = 0; at < list.length; at++) {
      spend(1);
      locals[first] = list === value ? at : list[at];
      locals[second] = list === value ? list[at] : lookup(value as MapValue, list[at]);
      if (step() === true) return;
    }
  };
}

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw noSuchOverload('?:', [value]);
  return value;
}

/** all() and exists(): `decisive` is the answer that ends the search, and that absorbs errors before and after it. */
function quantifier(each: Each, body: Evaluate, decisive: boolean): Evaluate {
  return (frame) => {
    let failure: CelError | undefined;
    let decided = false;
    each(frame, () => {
      try {
        const value = body(frame);
        if (value === decisive) {
          decided = true;
          return true;
        }
        if (value !== !decisive) failure = worse(failure, noSuchOverload(decisive ? '||' : '&&', [value]));
      } catch (error) {
        failure = worse(failure, error);
      }
      return false;
    });
    if (decided) return decisive;
    if (failure !== undefined) throw failure;
    return !decisive;
  };
}

/** && and ||: as quantifier() over the terms. */
function logical(terms: readonly Evaluate[], decisive: boolean): Evaluate {
  const sign = decisive ? '||' : '&&';
  const rest = (frame: Frame, from: number, first: CelError | undefined): boolean => {
    let failure = first;
    for (let at = from; at < terms.length; at++) {
      try {
        const value = (terms[at] as Evaluate)(frame);
        if (value === decisive) return decisive;
        if (value !== !decisive) failure = worse(failure, noSuchOverload(sign, [value]));
      } catch (error) {
        failure = worse(failure, error);
      }
    }
    if (failure !== undefined) throw failure;
    return !decisive;
  };
  return (frame) => rest(frame, 0, undefined);
}

/** The failure to report of two: an unknown rather than an error, else the first. Rethrows what is no CelError. */
function worse(first: CelError | undefined, second: unknown): CelError {
  if (!(second instanceof CelError)) throw second;
  return first === undefined || (second.unknown && !first.unknown) ? second : first;
}

/** Operators, whose implementations look at the types themselves. */
function operator(name: string, nodes: readonly Node[], args: readonly Evaluate[]): Evaluate | undefined {
  const [left, right] = args;
  if (left === undefined || /^[\w@.]+$/.test(name.replace(/^(neg|in)$/, '!'))) return undefined;
  const run = overloadsOf(name)?.[0]?.run;
  if (run === undefined) return undefined;
  if (right === undefined) return (frame) => run(left(frame));
  const constantRight = nodes[1]?.kind === 'literal' ? nodes[1].value : undefined;
  switch (name) {
    case '==':
    case '!=': {
      const wanted = name === '==';
      if (typeof constantRight === 'string' || typeof constantRight === 'boolean' || constantRight === null) {
        return (frame) => {
          const value = left(frame);
          if (value === constantRight) return wanted;
          // Only objects can be anything but different from it.
          return typeof value === 'string' || typeof value === 'boolean' ? !wanted : run(value, constantRight);
        };
      }
      break;
    }
    case 'in': {
      const strings = constantStrings(nodes[1]);
      if (strings === undefined) break;
      return (frame) => {
        const value = left(frame);
        if (value === UNKNOWN) throw unknown();
        return strings.has(value);
      };
    }
  }
  return (frame) => {
    const a = left(frame);
    return run(a, right(frame));
  };
}

function constantStrings(node: Node | undefined): ReadonlySet<unknown> | undefined {
  if (node?.kind !== 'list') return undefined;
  const strings = new Set<unknown>();
  for (const { value, optional } of node.elements) {
    if (optional || value.kind !== 'literal' || typeof value.value !== 'string') return undefined;
    strings.add(value.value);
  }
  return strings;
}

/** What all functions do at least: read their texts, write their result. Those that do more account for it themselves. */
function spendOn(value: unknown): unknown {
  if (typeof value === 'string') spendText(value.length);
  else if (Array.isArray(value)) spend(value.length / 10);
  return value;
}

/** Takes the first overload that fits the values. */
function dispatch(name: string, overloads: readonly Overload[], args: readonly Evaluate[]): Evaluate {
  const candidates = overloads.map(({ parameters, run }) => ({ tests: parameters.map(tester), run }));
  const [a, b] = args;
  const [only] = candidates;
  if (a !== undefined && args.length === 1 && candidates.length === 1 && only?.tests[0]) {
    const [test] = only.tests;
    const { run } = only;
    return (frame) => {
      const value = a(frame);
      if (!test(value)) throw noSuchOverload(name, [value]);
      spendOn(value);
      return spendOn(run(value));
    };
  }
  if (
    a !== undefined &&
    b !== undefined &&
    args.length === 2 &&
    candidates.length === 1 &&
    only?.tests[0] &&
    only.tests[1]
  ) {
    const [testA, testB] = only.tests;
    const { run } = only;
    return (frame) => {
      const x = a(frame);
      const y = b(frame);
      if (!testA(x) || !testB(y)) throw noSuchOverload(name, [x, y]);
      spendOn(x);
      spendOn(y);
      return spendOn(run(x, y));
    };
  }
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    for (const { tests, run } of candidates) {
      if (!tests.every((test, at) => test(values[at]))) continue;
      values.forEach(spendOn);
      return spendOn(run(...values));
    }
    throw noSuchOverload(name, values);
  };
}
