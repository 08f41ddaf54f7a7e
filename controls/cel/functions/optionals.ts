import { CelError, UNKNOWN, unknown } from '../errors';
import { CelObject, Double, Duration, isBytes, isMap, Optional, sizeOfMap, Timestamp, Uint } from '../values';
import type { Library } from './library';

/** Whether it is what an absent value of its type would be: null, false, 0, empty. */
function isZero(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (Array.isArray(value) || isBytes(value)) return value.length === 0;
  if (value instanceof Double || value instanceof Uint) return Number(value.value) === 0;
  if (value instanceof Duration) return value.nanoseconds === 0n;
  if (value instanceof Timestamp) return value.nanoseconds === -62135596800n * 1_000_000_000n;
  return !(value instanceof CelObject) && isMap(value) && sizeOfMap(value) === 0;
}

function unwrapAll(list: readonly unknown[]): unknown[] {
  return list.flatMap((element) => {
    if (element === UNKNOWN) throw unknown();
    if (!(element instanceof Optional)) throw new CelError('the list has an element that is no optional');
    return element.value === undefined ? [] : [element.value];
  });
}

/** cel-go's optional library; `or` and `orValue` evaluate their argument only where it is needed, see compile.ts. */
export const optionals: Library = {
  'optional.of(V): optional(V)': (value: unknown) => new Optional(value),
  'optional.ofNonZeroValue(V): optional(V)': (value: unknown) => (isZero(value) ? Optional.none : new Optional(value)),
  'optional.none(): optional(V)': () => Optional.none,
  '<optional(V)>.value(): V': (optional: Optional) => {
    if (optional.value === undefined) throw new CelError('optional.none() dereference');
    return optional.value;
  },
  '<optional(V)>.hasValue(): bool': (optional: Optional) => optional.value !== undefined,
  '<optional(V)>.or(optional(V)): optional(V)': () => undefined,
  '<optional(V)>.orValue(V): V': () => undefined,
  'optional.unwrap(list(optional(V))): list(V)': unwrapAll,
  '<list(optional(V))>.unwrapOpt(): list(V)': unwrapAll,
  '<list(V)>.first(): optional(V)': (list: readonly unknown[]) =>
    list.length === 0 ? Optional.none : new Optional(list[0]),
  '<list(V)>.last(): optional(V)': (list: readonly unknown[]) =>
    list.length === 0 ? Optional.none : new Optional(list.at(-1)),
};
