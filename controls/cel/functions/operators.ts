import { spend, spendText } from '../budget';
import { CelError, UNKNOWN, unknown } from '../errors';
import {
  checkedInt,
  compare,
  Duration,
  double,
  doubleValue,
  equals,
  type Int,
  isBytes,
  isDouble,
  isInt,
  isMap,
  isNumeric,
  lookup,
  negate,
  noSuchKey,
  noSuchOverload,
  Optional,
  Timestamp,
  typeName,
  Uint,
  uint,
} from '../values';
import type { Library } from './library';
import { checkedDuration, checkedTimestamp } from './time';

export function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'string' && typeof b === 'string') {
    spendText(a.length + b.length);
    return a + b;
  }
  if (isInt(a) && isInt(b))
    return intResult(
      a,
      b,
      (x, y) => x + y,
      (x, y) => x + y,
    );
  if (isDouble(a) && isDouble(b)) return double(doubleValue(a) + doubleValue(b));
  if (Array.isArray(a) && Array.isArray(b)) {
    spend(a.length + b.length);
    return a.length === 0 ? b : b.length === 0 ? a : a.concat(b);
  }
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value);
  if (isBytes(a) && isBytes(b)) {
    spendText(a.length + b.length);
    return Uint8Array.from(Buffer.concat([a, b]));
  }
  if (a instanceof Duration && b instanceof Duration) return checkedDuration(a.nanoseconds + b.nanoseconds);
  if (a instanceof Timestamp && b instanceof Duration) return checkedTimestamp(a.nanoseconds + b.nanoseconds, a.offset);
  if (a instanceof Duration && b instanceof Timestamp) return checkedTimestamp(a.nanoseconds + b.nanoseconds, b.offset);
  throw noSuchOverload('+', [a, b]);
}

function subtract(a: unknown, b: unknown): unknown {
  if (isInt(a) && isInt(b))
    return intResult(
      a,
      b,
      (x, y) => x - y,
      (x, y) => x - y,
    );
  if (isDouble(a) && isDouble(b)) return double(doubleValue(a) - doubleValue(b));
  if (a instanceof Uint && b instanceof Uint) return uint(a.value - b.value);
  if (a instanceof Duration && b instanceof Duration) return checkedDuration(a.nanoseconds - b.nanoseconds);
  if (a instanceof Timestamp && b instanceof Duration) return checkedTimestamp(a.nanoseconds - b.nanoseconds, a.offset);
  if (a instanceof Timestamp && b instanceof Timestamp) return checkedDuration(a.nanoseconds - b.nanoseconds);
  throw noSuchOverload('-', [a, b]);
}

function multiply(a: unknown, b: unknown): unknown {
  if (isInt(a) && isInt(b))
    return intResult(
      a,
      b,
      (x, y) => x * y,
      (x, y) => x * y,
    );
  if (isDouble(a) && isDouble(b)) return double(doubleValue(a) * doubleValue(b));
  if (a instanceof Uint && b instanceof Uint) return uint(a.value * b.value);
  throw noSuchOverload('*', [a, b]);
}

function divide(a: unknown, b: unknown): unknown {
  if (isInt(a) && isInt(b)) {
    if (Number(b) === 0) throw new CelError('division by zero');
    return checkedInt(BigInt(a) / BigInt(b));
  }
  if (isDouble(a) && isDouble(b)) return double(doubleValue(a) / doubleValue(b));
  if (a instanceof Uint && b instanceof Uint) {
    if (b.value === 0n) throw new CelError('division by zero');
    return uint(a.value / b.value);
  }
  throw noSuchOverload('/', [a, b]);
}

function modulo(a: unknown, b: unknown): unknown {
  if (isInt(a) && isInt(b)) {
    if (Number(b) === 0) throw new CelError('modulus by zero');
    // int64 has no 2^63, which the quotient would be; cel-go refuses it.
    if (a === -(2n ** 63n) && b === -1) throw new CelError('integer overflow');
    return checkedInt(BigInt(a) % BigInt(b));
  }
  if (a instanceof Uint && b instanceof Uint) {
    if (b.value === 0n) throw new CelError('modulus by zero');
    return uint(a.value % b.value);
  }
  throw noSuchOverload('%', [a, b]);
}

/** In numbers while the result is exact there, else in bigints that are checked against 64 bits. */
function intResult(
  a: Int,
  b: Int,
  fast: (x: number, y: number) => number,
  exact: (x: bigint, y: bigint) => bigint,
): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const result = fast(a, b);
    if (Number.isSafeInteger(result) && Number.isSafeInteger(a) && Number.isSafeInteger(b))
      return result === 0 ? 0 : result;
  }
  return checkedInt(exact(BigInt(a), BigInt(b)));
}

function not(value: unknown): boolean {
  if (typeof value !== 'boolean') throw noSuchOverload('!', [value]);
  return !value;
}

/** As cel-go, takes two values that cannot be compared for different, though `==` is an error. */
export function notEquals(a: unknown, b: unknown): boolean {
  try {
    return !equals(a, b);
  } catch (error) {
    if (error instanceof CelError && !error.unknown) return true;
    throw error;
  }
}

/** `value in container`. */
export function contains(value: unknown, container: unknown): boolean {
  if (Array.isArray(container)) {
    spend(container.length);
    if (typeof value === 'string' && container.includes(value)) return true;
    let undecided: unknown;
    for (const element of container) {
      try {
        if (equals(value, element)) return true;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        // An element that cannot be compared is not the one that is looked for.
        if (error.unknown) undecided = error;
      }
    }
    if (undecided !== undefined) throw undecided;
    return false;
  }
  if (isMap(container)) {
    if (typeof value === 'symbol') throw noSuchOverload('in', [value, container]);
    const found = lookup(container, value);
    if (found === UNKNOWN) throw unknown();
    return found !== undefined;
  }
  throw noSuchOverload('in', [value, container]);
}

/** `operand[key]`; of an optional, an optional. */
export function index(operand: unknown, key: unknown): unknown {
  if (operand instanceof Optional) return optionalIndex(operand, key);
  const found = at(operand, key);
  if (found !== undefined) return found;
  if (Array.isArray(operand)) throw new CelError(`index out of bounds: ${String(key)}`);
  throw noSuchKey(key);
}

/** `operand[?key]`. */
export function optionalIndex(operand: unknown, key: unknown): Optional {
  if (operand instanceof Optional) {
    return operand.value === undefined ? Optional.none : optionalIndex(operand.value, key);
  }
  if (operand === UNKNOWN) throw unknown();
  if (!Array.isArray(operand)) requireKey(key);
  const found = Array.isArray(operand) || isMap(operand) ? at(operand, key) : undefined;
  // What is not known yet may turn out to be absent.
  if (found === UNKNOWN) throw unknown();
  return found === undefined ? Optional.none : new Optional(found);
}

function at(operand: unknown, key: unknown): unknown {
  if (Array.isArray(operand)) return operand[position(key)];
  if (!isMap(operand)) throw noSuchOverload('_[_]', [operand, key]);
  requireKey(key);
  return lookup(operand, key);
}

function requireKey(key: unknown): void {
  if (typeof key === 'string' || typeof key === 'boolean' || isNumeric(key)) return;
  throw new CelError(`a value of type ${typeName(key)} cannot be the key of a map`);
}

/** The position a number names; -1 for what is no position of any list. */
function position(key: unknown): number {
  if (!isNumeric(key)) throw new CelError(`a value of type ${typeName(key)} cannot be the index of a list`);
  const number = Number(typeof key === 'object' ? key.value : key);
  if (!Number.isInteger(number)) throw new CelError(`${number} cannot be the index of a list`);
  return number;
}

type Operator = (a: unknown, b: unknown) => unknown;

function overloads(name: string, run: Operator, ...signatures: string[]): Library {
  return Object.fromEntries(signatures.map((signature) => [`${name}${signature}`, run]));
}

const same = (...types: string[]) => types.map((type) => `(${type}, ${type}): ${type}`);

const ordered = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'].map(
  (type) => `${type}, ${type}`,
);
const numbers = ['int', 'uint', 'double'].flatMap((a) =>
  ['int', 'uint', 'double'].filter((b) => a !== b).map((b) => `${a}, ${b}`),
);
const comparisons = [...ordered, ...numbers].map((types) => `(${types}): bool`);

/** Operators do their own dispatch, which is what makes the commonest types fast. */
export const operators: Library = {
  ...overloads('+', add, ...same('bytes', 'double', 'duration', 'int', 'list(A)', 'string', 'uint')),
  ...overloads('+', add, '(duration, timestamp): timestamp', '(timestamp, duration): timestamp'),
  ...overloads('-', subtract, ...same('double', 'duration', 'int', 'uint')),
  ...overloads('-', subtract, '(timestamp, duration): timestamp', '(timestamp, timestamp): duration'),
  ...overloads('*', multiply, ...same('double', 'int', 'uint')),
  ...overloads('/', divide, ...same('double', 'int', 'uint')),
  ...overloads('%', modulo, ...same('int', 'uint')),
  ...overloads('neg', negate, '(double): double', '(int): int'),
  ...overloads('!', not, '(bool): bool'),
  ...overloads('==', equals, '(A, A): bool'),
  ...overloads('!=', notEquals, '(A, A): bool'),
  ...overloads('<', (a, b) => compare(a, b) < 0, ...comparisons),
  ...overloads('<=', (a, b) => compare(a, b) <= 0, ...comparisons),
  ...overloads('>', (a, b) => compare(a, b) > 0, ...comparisons),
  ...overloads('>=', (a, b) => compare(a, b) >= 0, ...comparisons),
  ...overloads('in', contains, '(A, list(A)): bool', '(A, map(A, B)): bool'),
  ...overloads('[]', index, '(list(A), int): A', '(map(A, B), A): B'),
  ...overloads('[]', index, '(optional(list(V)), int): optional(V)', '(optional(map(K, V)), K): optional(V)'),
  ...overloads('[?]', optionalIndex, '(list(V), int): optional(V)', '(optional(list(V)), int): optional(V)'),
  ...overloads('[?]', optionalIndex, '(map(K, V), K): optional(V)', '(optional(map(K, V)), K): optional(V)'),
  // The ternary is evaluated elsewhere; this is its type.
  ...overloads('?:', () => undefined, '(bool, A, A): A'),
};
