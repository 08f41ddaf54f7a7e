import type { Library } from './library';
import { contains } from './operators';

function containsAll(list: readonly unknown[], part: readonly unknown[]): boolean {
  return part.every((element) => contains(element, list));
}

/** cel-go's sets extension (ext/sets.go). */
export const sets: Library = {
  'sets.contains(list(T), list(T)): bool': containsAll,
  'sets.equivalent(list(T), list(T)): bool': (a: readonly unknown[], b: readonly unknown[]) =>
    containsAll(a, b) && containsAll(b, a),
  'sets.intersects(list(T), list(T)): bool': (a: readonly unknown[], b: readonly unknown[]) =>
    a.some((element) => contains(element, b)),
};
