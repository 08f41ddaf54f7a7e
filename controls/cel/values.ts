/**
 * How CEL's values are written in JavaScript. Inputs are JSON as it was read, nothing is converted or copied:
 *
 * | CEL              | JavaScript                                                               |
 * |------------------|--------------------------------------------------------------------------|
 * | null, bool       | null, boolean                                                            |
 * | int              | number while it is a safe integer, else bigint                           |
 * | double           | number that is not an integer (or is none of 64 bits), else a {@link Double} |
 * | uint             | {@link Uint}                                                             |
 * | string, bytes    | string, Uint8Array                                                       |
 * | list             | array                                                                    |
 * | map              | object of which only own properties count, or a Map                      |
 * | everything else  | a subclass of {@link CelObject}                                          |
 */
import { spend } from './budget';
import { CelError, UNKNOWN, unknown } from './errors';
import { formatPlain } from './numbers';

/** A value of a type that JavaScript or JSON does not have. */
export abstract class CelObject {
  abstract readonly typeName: string;
  abstract equals(other: CelObject): boolean;
  /** As string() has it, and JSON in a message or a patch. */
  toText(): string {
    throw new CelError(`${this.typeName} has no form in JSON`);
  }
}

/** A CEL int in JavaScript. */
export type Int = number | bigint;

/** A double that is an integer, such as 1.0; any other is a plain number. */
export class Double extends CelObject {
  readonly typeName = 'double';
  constructor(readonly value: number) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Double && other.value === this.value;
  }
}

export class Uint extends CelObject {
  readonly typeName = 'uint';
  constructor(readonly value: bigint) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Uint && other.value === this.value;
  }
}

export class Duration extends CelObject {
  readonly typeName = 'google.protobuf.Duration';
  constructor(readonly nanoseconds: bigint) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Duration && other.nanoseconds === this.nanoseconds;
  }
  /** Seconds as a double has them, which is where cel-go loses nanoseconds of long durations. */
  override toText(): string {
    const seconds = Number(this.nanoseconds / 1_000_000_000n) + Number(this.nanoseconds % 1_000_000_000n) / 1e9;
    return `${formatPlain(seconds)}s`;
  }
}

export class Timestamp extends CelObject {
  readonly typeName = 'google.protobuf.Timestamp';
  /**
   * @param nanoseconds since 1970
   * @param offset seconds east of UTC, in which it was written and is written again
   */
  constructor(
    readonly nanoseconds: bigint,
    readonly offset = 0,
  ) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Timestamp && other.nanoseconds === this.nanoseconds;
  }
  /** RFC 3339 with only the decimals needed. */
  override toText(): string {
    const fraction = ((this.nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    const local = new Date(Number((this.nanoseconds - fraction) / 1_000_000n) + this.offset * 1000);
    const date = local.toISOString().replace(/^\+0|\.\d+Z$/g, '');
    const decimals = fraction.toString().padStart(9, '0').replace(/0+$/, '');
    return `${date}${decimals === '' ? '' : `.${decimals}`}${this.zone()}`;
  }

  private zone(): string {
    if (this.offset === 0) return 'Z';
    const minutes = Math.abs(this.offset) / 60;
    const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
    return `${this.offset < 0 ? '-' : '+'}${digits.join(':')}`;
  }
}

export class TypeValue extends CelObject {
  readonly typeName = 'type';
  constructor(readonly name: string) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof TypeValue && other.name === this.name;
  }
}

/** A type of Kubernetes' libraries. Unlike CEL's own, its values have no answer to whether they equal one of another type. */
export abstract class KubernetesObject extends CelObject {}

export class Optional extends CelObject {
  readonly typeName = 'optional_type';
  static readonly none = new Optional(undefined);
  /** @param value undefined where there is none */
  constructor(readonly value: unknown) {
    super();
  }
  equals(other: CelObject): boolean {
    if (!(other instanceof Optional)) return false;
    if (this.value === undefined || other.value === undefined) return this.value === other.value;
    return equals(this.value, other.value);
  }
}

const minInt = -(2n ** 63n);
const maxInt = 2n ** 63n - 1n;
const maxUint = 2n ** 64n - 1n;

/** The int of a bigint that is known to fit. */
export function int(value: bigint): Int {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** @throws CelError where the result of an operation does not fit 64 bits */
export function checkedInt(value: bigint): Int {
  if (value < minInt || value > maxInt) throw new CelError('integer overflow');
  return int(value);
}

/** All digits of an int, which a number beyond 2^53 does not write. */
export function digitsOf(value: Int, base = 10): string {
  return Number.isSafeInteger(value) ? value.toString(base) : BigInt(value).toString(base);
}

export function uint(value: bigint): Uint {
  if (value < 0n || value > maxUint) throw new CelError('unsigned integer overflow');
  return new Uint(value);
}

export function double(value: number): number | Double {
  return Number.isInteger(value) ? new Double(value) : value;
}

/** Whether a number is an int: larger ones do not fit 64 bits, and Kubernetes reads them as doubles too. */
function isIntNumber(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

export function isInt(value: unknown): value is Int {
  return typeof value === 'number' ? isIntNumber(value) : typeof value === 'bigint';
}

export function isDouble(value: unknown): value is number | Double {
  return typeof value === 'number' ? !isIntNumber(value) : value instanceof Double;
}

export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value);
}

/** The number of a double. */
export function doubleValue(value: number | Double): number {
  return typeof value === 'number' ? value : value.value;
}

/** What CEL's type() names. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return isIntNumber(value) ? 'int' : 'double';
    case 'bigint':
      return 'int';
    case 'object':
      if (value === null) return 'null_type';
      if (Array.isArray(value)) return 'list';
      if (value instanceof CelObject) return value.typeName;
      return isBytes(value) ? 'bytes' : 'map';
    case 'symbol':
      if (value === UNKNOWN) throw unknown();
  }
  throw new CelError(`a JavaScript ${typeof value} is no value of CEL`);
}

/** A map in either form. */
export type MapValue = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>;

export function isMap(value: unknown): value is MapValue {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !(value instanceof CelObject) && !isBytes(value);
}

export function noSuchKey(key: unknown): CelError {
  return new CelError(`no such key: ${typeof key === 'string' ? key : display(key)}`);
}

export function noSuchOverload(name: string, args: readonly unknown[]): CelError {
  if (args.includes(UNKNOWN)) return unknown();
  return new CelError(`no such overload: ${name}(${args.map(typeName).join(', ')})`);
}

function display(value: unknown): string {
  return JSON.stringify(toJson(value)) ?? '';
}

/** The value of a key, or undefined. */
export function lookup(map: MapValue, key: unknown): unknown {
  if (map instanceof Map) {
    const found = map.get(key);
    if (found !== undefined || typeof key === 'string' || typeof key === 'boolean') return found;
    return lookupObject(map, key);
  }
  if (typeof key !== 'string') return undefined;
  return Object.hasOwn(map, key) ? (map as Record<string, unknown>)[key] : undefined;
}

/** Keys that are objects in JavaScript, so that a Map cannot tell that they are equal; 1, 1u and 1.0 find int and uint keys. */
function lookupObject(map: ReadonlyMap<unknown, unknown>, key: unknown): unknown {
  const own = keyIn(map, key);
  if (own !== undefined) return map.get(own);
  if (!isNumeric(key)) return undefined;
  for (const [candidate, value] of map) {
    if (isNumeric(candidate) && !isDouble(candidate) && compareNumbers(candidate, key) === 0) return value;
  }
  return undefined;
}

/** The key of a map that is of the same type and equal. */
export function keyIn(map: ReadonlyMap<unknown, unknown>, key: unknown): unknown {
  if (map.has(key)) return key;
  if (!(key instanceof CelObject)) return undefined;
  for (const candidate of map.keys()) {
    if (candidate instanceof CelObject && candidate.equals(key)) return candidate;
  }
  return undefined;
}

export function keysOf(map: MapValue): unknown[] {
  if (map instanceof Map) return [...map.keys()];
  const keys = Object.keys(map);
  return keys.some((key) => (map as Record<string, unknown>)[key] === undefined)
    ? keys.filter((key) => lookup(map, key) !== undefined)
    : keys;
}

export function sizeOfMap(map: MapValue): number {
  return map instanceof Map ? map.size : keysOf(map).length;
}

export type Numeric = number | bigint | Double | Uint;

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Uint;
}

/** -1, 0 or 1 across all numeric types; undefined for NaN. As in cel-go, an int becomes a double to be compared with one. */
export function compareNumbers(a: Numeric, b: Numeric): -1 | 0 | 1 | undefined {
  if (isDouble(a) || isDouble(b)) {
    const x = asDouble(a);
    const y = asDouble(b);
    // 2^63 - 1 as a double is 2^63, which no int is equal to.
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : undefined;
  }
  const x = a instanceof Uint ? a.value : (a as Int);
  const y = b instanceof Uint ? b.value : (b as Int);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function asDouble(value: Numeric): number {
  return value instanceof CelObject ? Number(value.value) : Number(value);
}

export function negate(value: unknown): unknown {
  if (typeof value === 'number') return isIntNumber(value) ? (value === 0 ? 0 : -value) : -value;
  if (typeof value === 'bigint') return checkedInt(-value);
  if (value instanceof Double) return new Double(-value.value);
  throw noSuchOverload('-', [value]);
}

/** Order of strings by code point, as their UTF-8 has it; `<` on JavaScript's strings goes by UTF-16 unit. */
export function compareStrings(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === end) return a.length < b.length ? -1 : 1;
  // Surrogates stand for code points above all others.
  const x = a.charCodeAt(at);
  const y = b.charCodeAt(at);
  const surrogateX = x >= 0xd800 && x < 0xe000;
  const surrogateY = y >= 0xd800 && y < 0xe000;
  if (surrogateX !== surrogateY) return surrogateX ? 1 : -1;
  return x < y ? -1 : 1;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const order = Buffer.compare(a, b);
  return order as -1 | 0 | 1;
}

/**
 * Order of two values of one type, or of two numbers.
 *
 * @throws CelError where they have no order
 */
export function compare(a: unknown, b: unknown): -1 | 0 | 1 {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (isNumeric(a) && isNumeric(b)) {
    const order = compareNumbers(a, b);
    if (order === undefined) throw new CelError('NaN values cannot be ordered');
    return order;
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b ? 0 : a ? 1 : -1;
  if (a instanceof Timestamp && b instanceof Timestamp) return compareBigints(a.nanoseconds, b.nanoseconds);
  if (a instanceof Duration && b instanceof Duration) return compareBigints(a.nanoseconds, b.nanoseconds);
  if (isBytes(a) && isBytes(b)) return compareBytes(a, b);
  throw noSuchOverload('<', [a, b]);
}

export function compareBigints(a: bigint, b: bigint): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * CEL's `==`: false, not an error, for values of different types; numbers are compared across types.
 *
 * @throws CelError with `unknown` where all that is known is equal
 */
export function equals(a: unknown, b: unknown): boolean {
  const quick = shallowEquals(a, b);
  if (typeof quick === 'boolean') return quick;
  if (a instanceof CelObject) {
    if (a instanceof KubernetesObject && !(b instanceof CelObject && a.typeName === b.typeName)) {
      throw noSuchOverload('==', [a, b]);
    }
    return b instanceof CelObject && a.equals(b);
  }
  return deepEquals(a, b);
}

/** Whether two values are equal, undefined where it takes a look into two lists, maps or optionals. */
function shallowEquals(a: unknown, b: unknown): boolean | undefined {
  if (a === UNKNOWN || b === UNKNOWN) throw unknown();
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    if (a instanceof Double || a instanceof Uint || b instanceof Double || b instanceof Uint) {
      return isNumeric(a) && isNumeric(b) && compareNumbers(a, b) === 0;
    }
    return undefined;
  }
  if (a === b) return true;
  if (typeof a === 'string' || typeof a === 'boolean' || a === null || b === null) return false;
  if (a instanceof KubernetesObject) throw noSuchOverload('==', [a, b]);
  return isNumeric(a) && isNumeric(b) && compareNumbers(a, b) === 0;
}

/** Goes down two structures with a stack of its own, since data may nest deeper than JavaScript's stack. */
function deepEquals(left: unknown, right: unknown): boolean {
  const stack: unknown[] = [left, right];
  let undecided = false;
  while (stack.length > 0) {
    const b = stack.pop();
    const a = stack.pop();
    spend(0.1);
    if (a === UNKNOWN || b === UNKNOWN) {
      undecided = true;
      continue;
    }
    if (a instanceof CelObject) {
      if (!equalsWithin(a, b)) return false;
      continue;
    }
    const quick = shallowEquals(a, b);
    if (quick === true) continue;
    if (quick === false || !pushParts(a, b, stack)) return false;
  }
  if (undecided) throw unknown();
  return true;
}

/** As cel-go, takes two elements that cannot be compared for equal. */
function equalsWithin(a: unknown, b: unknown): boolean {
  try {
    return equals(a, b);
  } catch (error) {
    if (error instanceof CelError && !error.unknown) return true;
    throw error;
  }
}

/** Pushes what two objects are made of, pair by pair; false where they differ already. */
function pushParts(a: unknown, b: unknown, stack: unknown[]): boolean {
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let at = a.length - 1; at >= 0; at--) stack.push(a[at], b[at]);
    return true;
  }
  if (b instanceof CelObject) return false;
  if (isBytes(a) || isBytes(b)) return isBytes(a) && isBytes(b) && compareBytes(a, b) === 0;
  if (!isMap(a) || !isMap(b)) return false;
  const keys = keysOf(a);
  if (keys.length !== sizeOfMap(b)) return false;
  for (const key of keys) {
    const other = lookup(b, key);
    if (other === undefined) return false;
    stack.push(lookup(a, key), other);
  }
  return true;
}

/** The number of code points. */
export function stringSize(text: string): number {
  let size = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if (isPair(text, at)) {
      size--;
      at++;
    }
  }
  return size;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

/**
 * A CEL result as plain JSON, as Kubernetes would write it into a message or a patch: bytes in base64, times as text,
 * optionals as their value.
 *
 * @returns undefined for an optional without a value
 * @throws CelError for what JSON cannot hold (a quantity, a type, …), or nests deeper than 1,000 levels
 */
export function toJson(value: unknown): unknown {
  return plain(value, 0);
}

const maxJsonDepth = 1000;

function plain(value: unknown, depth: number): unknown {
  if (depth > maxJsonDepth) throw new CelError(`the value nests deeper than ${maxJsonDepth} levels`);
  if (value === UNKNOWN) throw unknown();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((element) => plain(element, depth + 1)).filter((element) => element !== undefined);
  if (value instanceof Double) return value.value;
  if (value instanceof Uint) return int(value.value);
  if (value instanceof Optional) return value.value === undefined ? undefined : plain(value.value, depth + 1);
  if (value instanceof CelObject) return value.toText();
  if (isBytes(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (!isMap(value)) return value;
  const object: Record<string, unknown> = {};
  for (const key of keysOf(value)) {
    const name = key instanceof CelObject ? String(toJson(key)) : String(key);
    const entry = plain(lookup(value, key), depth + 1);
    // A plain assignment to __proto__ would set the prototype.
    if (entry !== undefined)
      Object.defineProperty(object, name, { value: entry, enumerable: true, writable: true, configurable: true });
  }
  return object;
}
