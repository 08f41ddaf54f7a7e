import { CelError } from '../errors';
import { type CelObject, type Double, double, type Int, int, KubernetesObject, noSuchOverload } from '../values';
import type { Library } from './library';

/**
 * value × 10^scale. `exact` is false where Kubernetes keeps the number in its slow form (more than 18 digits, a binary
 * suffix after a decimal point, …): such a number is never an integer to isInteger().
 */
class Quantity extends KubernetesObject {
  readonly typeName = 'kubernetes.Quantity';
  constructor(
    readonly value: bigint,
    readonly scale: number,
    readonly exact: boolean,
    private readonly computed = false,
  ) {
    super();
  }
  equals(other: CelObject): boolean {
    if (!(other instanceof Quantity)) return false;
    // What add() and sub() give is of another Go type, which Kubernetes' comparison does not know on the right.
    if (other.computed) throw noSuchOverload('==', [this, other]);
    return compare(this, other) === 0;
  }
}

const suffixes: Readonly<Record<string, readonly [base: 2 | 10, exponent: number]>> = {
  '': [10, 0],
  n: [10, -9],
  u: [10, -6],
  m: [10, -3],
  k: [10, 3],
  M: [10, 6],
  G: [10, 9],
  T: [10, 12],
  P: [10, 15],
  E: [10, 18],
  Ki: [2, 10],
  Mi: [2, 20],
  Gi: [2, 30],
  Ti: [2, 40],
  Pi: [2, 50],
  Ei: [2, 60],
};

const fits = (value: bigint) => value >= -(2n ** 63n) && value < 2n ** 63n;
const maxBinary = 2n ** 63n - 1n;
/** Larger exponents would have no end of digits; what is beyond them makes no sense as a quantity. */
const maxExponent = 10_000;

/** As resource.ParseQuantity does (k8s.io/apimachinery/pkg/api/resource/quantity.go). */
function parse(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:(\.)(\d*))?([a-zA-Z]*[+-]?\d*)$/.exec(text);
  if (!match || text === '') return undefined;
  const [, sign, digits = '', , decimals = '', suffix = ''] = match;
  const known = Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : exponentOf(suffix);
  if (known === undefined) return undefined;
  const [base, exponent] = known;
  const whole = digits.replace(/^0+/, '') || '0';
  if (whole === '0' && decimals === '' && suffix === '' && digits !== '') return new Quantity(0n, 0, true);
  const unsigned = fast(whole, decimals, base, exponent) ?? slow(digits, decimals, base, exponent);
  if (unsigned === undefined) return undefined;
  return sign === '-' ? new Quantity(-unsigned.value, unsigned.scale, unsigned.exact) : unsigned;
}

function exponentOf(suffix: string): readonly [10, number] | undefined {
  const match = /^[eE]([+-]?\d+)$/.exec(suffix);
  if (!match) return undefined;
  const exponent = BigInt(match[1]?.replace('+', '') ?? '');
  return fits(exponent) ? [10, Number(BigInt.asIntN(32, exponent))] : undefined;
}

/** The form of up to 18 digits that Kubernetes keeps in 64 bits. */
function fast(whole: string, decimals: string, base: 2 | 10, exponent: number): Quantity | undefined {
  let scale = 0;
  let room = 18 - whole.length - decimals.length;
  let factor = 1n;
  if (base === 10) scale = exponent;
  else {
    if (decimals !== '') return undefined;
    factor = 1n << BigInt(exponent);
    room = 15 - whole.length - Math.trunc(Math.fround((exponent * 3) / 10)) - 1;
  }
  scale -= decimals.length;
  if (room < 0 || scale < -9) return undefined;
  const value = BigInt(whole + decimals) * factor;
  return fits(value) ? new Quantity(value, scale, true) : undefined;
}

function slow(whole: string, decimals: string, base: 2 | 10, exponent: number): Quantity | undefined {
  if (whole === '' && decimals === '') return undefined;
  let value = BigInt(whole + decimals);
  let scale = -decimals.length;
  if (base === 10) scale += exponent;
  else value <<= BigInt(exponent);
  if (Math.abs(scale) > maxExponent) throw new CelError('the exponent of the quantity is too large');
  // To whole billionths, away from zero: whoever asks for something gets something.
  if (value !== 0n) {
    if (scale < -9) {
      const divisor = 10n ** BigInt(-9 - scale);
      value = value / divisor + (value % divisor === 0n ? 0n : 1n);
    } else value *= 10n ** BigInt(scale + 9);
    scale = -9;
  }
  if (base === 2 && compareScaled(value, scale, maxBinary, 0) > 0) return new Quantity(maxBinary, 0, false);
  return new Quantity(value, scale, false);
}

function compareScaled(a: bigint, scaleA: number, b: bigint, scaleB: number): -1 | 0 | 1 {
  const [x, y] = a === 0n || b === 0n ? [a, b] : align(a, scaleA, b, scaleB);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Two numbers at the smaller of their scales. */
function align(a: bigint, scaleA: number, b: bigint, scaleB: number): [bigint, bigint, number] {
  const scale = Math.min(scaleA, scaleB);
  if (Math.max(scaleA, scaleB) - scale > 2 * maxExponent)
    throw new CelError('the exponent of the quantity is too large');
  return [a * 10n ** BigInt(scaleA - scale), b * 10n ** BigInt(scaleB - scale), scale];
}

function compare(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return compareScaled(a.value, a.scale, b.value, b.scale);
}

function sum(a: Quantity, b: Quantity): Quantity {
  if (a.exact && b.exact) {
    if (b.value === 0n) return new Quantity(a.value, a.scale, true, true);
    if (a.value === 0n) return new Quantity(b.value, b.scale, true, true);
  }
  const [x, y, scale] = align(a.value, a.scale, b.value, b.scale);
  return new Quantity(x + y, scale, a.exact && b.exact && fits(x) && fits(y) && fits(x + y), true);
}

const difference = (a: Quantity, b: Quantity) => sum(a, new Quantity(-b.value, b.scale, b.exact));

const ofInt = (value: Int) => new Quantity(BigInt(value), 0, true);

function toInteger({ value, scale, exact }: Quantity): bigint | undefined {
  if (!exact || scale < 0) return undefined;
  if (value === 0n) return 0n;
  if (scale > 18) return undefined;
  const integer = value * 10n ** BigInt(scale);
  return fits(integer) ? integer : undefined;
}

function quantity(text: string): Quantity {
  const parsed = parse(text);
  if (parsed === undefined) throw new CelError(`not a quantity: ${JSON.stringify(text)}`);
  return parsed;
}

/** Go multiplies with a power of ten that is a double, and so does this. */
function toDouble({ value, scale }: Quantity): number | Double {
  const base = Number(value);
  return double(scale === 0 ? base : base * power(scale));
}

function power(exponent: number): number {
  if (exponent > 308) return Infinity;
  return exponent < -323 ? 0 : Number(`1e${exponent}`);
}

/** Kubernetes' quantity library (k8s.io/apiserver/pkg/cel/library/quantity.go). */
export const quantities: Library = {
  'quantity(string): Quantity': quantity,
  'isQuantity(string): bool': (text: string) => parse(text) !== undefined,
  'sign(Quantity): int': ({ value }: Quantity) => (value === 0n ? 0 : value < 0n ? -1 : 1),
  '<Quantity>.isGreaterThan(Quantity): bool': (a: Quantity, b: Quantity) => compare(a, b) > 0,
  '<Quantity>.isLessThan(Quantity): bool': (a: Quantity, b: Quantity) => compare(a, b) < 0,
  '<Quantity>.compareTo(Quantity): int': compare,
  '<Quantity>.asApproximateFloat(): double': toDouble,
  '<Quantity>.isInteger(): bool': (value: Quantity) => toInteger(value) !== undefined,
  '<Quantity>.asInteger(): int': (value: Quantity) => {
    const integer = toInteger(value);
    if (integer === undefined) throw new CelError('cannot convert value to integer');
    return int(integer);
  },
  '<Quantity>.add(Quantity): Quantity': sum,
  '<Quantity>.add(int): Quantity': (a: Quantity, b: Int) => sum(a, ofInt(b)),
  '<Quantity>.sub(Quantity): Quantity': difference,
  '<Quantity>.sub(int): Quantity': (a: Quantity, b: Int) => difference(a, ofInt(b)),
};
