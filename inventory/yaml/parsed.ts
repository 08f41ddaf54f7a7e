import type { Json } from '../object';

/** Deeper documents are refused: no manifest is, and walking one must not exhaust the stack. */
export const MAX_DEPTH = 1000;

/** Where the members and elements of each collection begin: offsets in the text, by key or index. */
export type Marks = Map<object, Map<string | number, number>>;

/** A key that came twice in its mapping: the later one counts, as with kubectl. */
export interface Duplicate {
  readonly key: string;
  readonly offset: number;
}

export interface Parsed {
  readonly value: Json;
  readonly duplicates: readonly Duplicate[];
}

/** Text that is no YAML or JSON to kubectl either; the offset is where it was noticed. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    public offset: number,
  ) {
    super(message);
  }
}

/** Text that is well formed, but holds more than is taken: too deep, too large a number. */
export class LimitProblem extends SyntaxProblem {}

/** A mapping in the making. */
export type Members = Record<string, Json>;

/** Sets a member, `__proto__` too, and says whether it was there already. */
export function setMember(members: Members, key: string, value: Json): boolean {
  const seen = members[key] !== undefined && Object.hasOwn(members, key);
  if (key === '__proto__') {
    Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    members[key] = value;
  }
  return seen;
}
