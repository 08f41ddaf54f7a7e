import { spend } from '../budget';
import { CelError } from '../errors';
import { compare, Double, Duration, equals, type Int, typeName, Uint } from '../values';
import type { Implementation, Library } from './library';
import { add } from './operators';

/** In the order of Kubernetes' library, which decides for a list of dyn that is empty. */
const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];

/** One overload for each of the types; T in the signature stands for the type. */
function forEach(types: readonly string[], signature: string, run: (type: string) => Implementation): Library {
  return Object.fromEntries(types.map((type) => [signature.replaceAll('T', type), run(type)]));
}

const comparableNames = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
]);

function requireComparable(list: readonly unknown[]): void {
  spend(list.length);
  for (const element of list) {
    if (!comparableNames.has(typeName(element)))
      throw new CelError(`a value of type ${typeName(element)} has no order`);
  }
}

function isSorted(list: readonly unknown[]): boolean {
  requireComparable(list);
  for (let at = 1; at < list.length; at++) {
    if (tryCompare(list[at - 1], list[at]) === 1) return false;
  }
  return true;
}

/** The order, or undefined where there is none, which Kubernetes' functions do not take notice of. */
function tryCompare(a: unknown, b: unknown): -1 | 0 | 1 | undefined {
  try {
    return compare(a, b);
  } catch (error) {
    if (error instanceof CelError && !error.unknown) return undefined;
    throw error;
  }
}

const zeros: Readonly<Record<string, unknown>> = {
  int: 0,
  uint: new Uint(0n),
  double: new Double(0),
  duration: new Duration(0n),
};

function best(name: string, list: readonly unknown[], wanted: -1 | 1): unknown {
  if (list.length === 0) throw new CelError(`${name} called on empty list`);
  requireComparable(list);
  let result = list[0];
  for (const element of list) {
    if (tryCompare(result, element) === -wanted) result = element;
  }
  return result;
}

/** Equality that is false where two values cannot be compared. */
function same(a: unknown, b: unknown): boolean {
  try {
    return equals(a, b);
  } catch (error) {
    if (error instanceof CelError && !error.unknown) return false;
    throw error;
  }
}

function position(list: readonly unknown[], item: unknown): number {
  spend(list.length);
  return list.findIndex((element) => same(element, item));
}

function slice(list: readonly unknown[], from: Int, to: Int): unknown[] {
  if (from < 0 || to < 0 || from > to || to > list.length) {
    throw new CelError(`cannot slice(${from}, ${to}) a list of ${list.length} elements`);
  }
  return list.slice(Number(from), Number(to));
}

function flatten(list: readonly unknown[], depth: Int): unknown[] {
  if (depth < 0) throw new CelError('level must be non-negative');
  const flat: unknown[] = [];
  const stack: { list: readonly unknown[]; at: number }[] = [{ list, at: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.at === top.list.length) {
      stack.pop();
      continue;
    }
    const element = top.list[top.at++];
    if (Array.isArray(element) && stack.length <= depth) stack.push({ list: element, at: 0 });
    else flat.push(element);
    spend(1);
  }
  return flat;
}

function sortBy(list: readonly unknown[], keys: readonly unknown[]): readonly unknown[] {
  if (!Array.isArray(list)) throw new CelError('only lists can be sorted');
  if (list.length === 0) return list;
  const type = typeName(keys[0]);
  requireComparable(keys.slice(0, 1));
  spend(keys.length);
  const order = keys.map((key, at) => {
    if (typeName(key) !== type) throw new CelError('list elements must have the same type');
    return at;
  });
  order.sort((a, b) => tryCompare(keys[a], keys[b]) ?? 0);
  return order.map((at) => list[at]);
}

function range(count: Int): number[] {
  if (count < 0) throw new CelError('lists.range: the size must not be negative');
  spend(Number(count));
  return Array.from({ length: Number(count) }, (_, at) => at);
}

function distinct(list: readonly unknown[]): unknown[] {
  const seen = new Set<unknown>();
  const kept: unknown[] = [];
  for (const element of list) {
    if (typeof element === 'string' || typeof element === 'boolean') {
      if (seen.has(element)) continue;
      seen.add(element);
    } else {
      spend(kept.length);
      if (kept.some((other) => same(element, other))) continue;
    }
    kept.push(element);
  }
  return kept;
}

/** Kubernetes' lists (k8s.io/apiserver/pkg/cel/library/lists.go). */
export const kubernetesLists: Library = {
  ...forEach(comparable, '<list(T)>.isSorted(): bool', () => isSorted),
  ...forEach(
    ['int', 'uint', 'double', 'duration'],
    '<list(T)>.sum(): T',
    (type) => (list: readonly unknown[]) => list.reduce((total, element) => add(total, element), zeros[type]),
  ),
  ...forEach(comparable, '<list(T)>.min(): T', () => (list: readonly unknown[]) => best('min', list, -1)),
  ...forEach(comparable, '<list(T)>.max(): T', () => (list: readonly unknown[]) => best('max', list, 1)),
  '<list(A)>.indexOf(A): int': position,
  '<list(A)>.lastIndexOf(A): int': (list: readonly unknown[], item: unknown) => {
    spend(list.length);
    return list.findLastIndex((element) => same(element, item));
  },
  '<dyn>.includes(dyn): bool': (target: unknown, item: unknown) =>
    Array.isArray(target) ? position(target, item) >= 0 : same(target, item),
};

/** cel-go's lists extension in version 3 (ext/lists.go). */
export const lists: Library = {
  '<list(T)>.slice(int, int): list(T)': slice,
  '<list(list(T))>.flatten(): list(T)': (list: readonly unknown[]) => flatten(list, 1),
  '<list(dyn)>.flatten(int): list(dyn)': flatten,
  ...forEach(comparable, '<list(T)>.sort(): list(T)', () => (list: readonly unknown[]) => sortBy(list, list)),
  ...forEach(comparable, '<list(E)>.@sortByAssociatedKeys(list(T)): list(E)', () => sortBy),
  'lists.range(int): list(int)': range,
  '<list(T)>.reverse(): list(T)': (list: readonly unknown[]) => list.toReversed(),
  '<list(T)>.distinct(): list(T)': distinct,
};
