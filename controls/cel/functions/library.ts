import { UNKNOWN, unknown } from '../errors';
import { dyn, parseType, type Type } from '../types';
import { isBytes, isMap, keysOf, lookup, typeName } from '../values';

/**
 * Functions under their signatures: `name(int, string): bool` for `name(1, 'a')`, and `<string>.name(int): bool` for
 * `'a'.name(1)`. Implementations get values of the declared types, in the order of the signature.
 *
 * The order within a name matters as it does in cel-go: at run time the first overload that fits the values is taken.
 */
export type Library = Readonly<Record<string, Implementation>>;

export type Implementation = (...args: never[]) => unknown;

export interface Overload {
  /** Whether it is called as `target.name(…)`; the target is the first of the parameters. */
  readonly member: boolean;
  readonly parameters: readonly Type[];
  readonly result: Type;
  readonly run: (...args: unknown[]) => unknown;
}

/** @throws Error where a signature is not well-formed, which only a mistake in casemate can cause */
export function parseOverload(signature: string, run: Implementation): Overload {
  const match = /^(?:<(?<target>.+)>\.)?[^\s(]+\((?<parameters>.*)\): (?<result>.+)$/.exec(signature);
  if (!match?.groups) throw new Error(`not a signature: ${signature}`);
  const { target, parameters, result } = match.groups;
  const types = splitParameters(parameters ?? '').map(parseType);
  return {
    member: target !== undefined,
    parameters: target === undefined ? types : [parseType(target), ...types],
    result: parseType(result ?? ''),
    run: run as Overload['run'],
  };
}

/** The name a signature declares. */
export function nameOf(signature: string): string {
  const from = /^<\w/.test(signature) ? signature.indexOf('>.') + 2 : 0;
  return signature.slice(from, signature.indexOf('(', from));
}

function splitParameters(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === '(') depth++;
    if (character === ')') depth--;
    if ((character === ',' && depth === 0) || at === text.length) {
      if (at > from) parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return parts;
}

function known(value: unknown): unknown {
  if (value === UNKNOWN) throw unknown();
  return value;
}

/**
 * A test whether a value may be given where a type is declared. As in cel-go, of a list or map only the first element
 * is looked at.
 */
export function tester(type: Type): (value: unknown) => boolean {
  if (type === dyn || type.kind === 'param') return (value) => known(value) !== undefined;
  switch (type.name) {
    case 'string':
      return (value) => typeof value === 'string';
    case 'bool':
      return (value) => typeof value === 'boolean';
    case 'bytes':
      return isBytes;
    case 'list': {
      const element = type.parameters[0] ?? dyn;
      // Of all functions only flatten() takes lists of lists, and cel-go lets it have any list.
      if (element.kind === 'param' || element === dyn || element.kind === 'list') return Array.isArray;
      const test = tester(element);
      return (value) => Array.isArray(value) && (value.length === 0 || test(known(value[0])));
    }
    case 'map': {
      const [key, value] = type.parameters.map(tester);
      return (candidate) => {
        if (!isMap(candidate)) return false;
        const [first] = keysOf(candidate);
        return first === undefined || (key?.(first) === true && value?.(known(lookup(candidate, first))) === true);
      };
    }
    default:
      return (value) => typeof value !== 'symbol' && typeName(value) === type.name;
  }
}
