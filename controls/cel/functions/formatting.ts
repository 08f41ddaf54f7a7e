import { spend, spendText } from '../budget';
import { CelError } from '../errors';
import { formatDouble } from '../numbers';
import {
  Duration,
  digitsOf,
  doubleValue,
  type Int,
  isBytes,
  isDouble,
  isInt,
  isMap,
  keysOf,
  lookup,
  Timestamp,
  TypeValue,
  typeName,
  Uint,
} from '../values';

/** Go pads with zeros up to any precision; more digits than this are of no use to anybody. */
const maxPrecision = 10_000;

/** What verbs write, by the names of types; %s writes everything that has a literal. */
const typesOf: Readonly<Record<string, readonly string[]>> = {
  s: [
    'list',
    'map',
    'int',
    'uint',
    'double',
    'bool',
    'string',
    'bytes',
    'null_type',
    'type',
    'google.protobuf.Timestamp',
    'google.protobuf.Duration',
  ],
  d: ['int', 'uint'],
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  o: ['int', 'uint'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
};

/** Replaces the clauses of a pattern (`%s`, `%.2f`, …), `%%` by a percent sign. */
function replaceClauses(
  pattern: string,
  count: number,
  write: (verb: string, precision: number, at: number) => string,
): string {
  let next = 0;
  return pattern.replace(
    /%(?:(%)|(?:\.(\d*))?([\s\S]?))/g,
    (clause, percent?: string, precision?: string, verb = '') => {
      if (percent !== undefined) return '%';
      if (next >= count) throw new CelError(`format() got ${count} values for a string that needs more`);
      if (precision === '' || Number(precision ?? 0) > maxPrecision || typesOf[verb] === undefined) {
        throw new CelError(`format() does not know ${clause}`);
      }
      return write(verb, precision === undefined ? 6 : Number(precision), next++);
    },
  );
}

/** string.format() of cel-go's strings extension (ext/formatting.go), which knows %s %d %f %e %b %x %X %o and %%. */
export function formatString(pattern: string, args: readonly unknown[]): string {
  return replaceClauses(pattern, args.length, (verb, precision, at) => formatOne(verb, args[at], precision));
}

/**
 * Checks a pattern against what is known about the types of all its values.
 *
 * @param fits whether the type of the value at a position is one of these
 * @throws CelError
 */
export function checkFormat(
  pattern: string,
  count: number,
  fits: (at: number, types: readonly string[]) => boolean,
): void {
  let used = 0;
  replaceClauses(pattern, count, (verb, _, at) => {
    used++;
    if (!fits(at, typesOf[verb] ?? [])) throw new CelError(`format() cannot write value ${at + 1} with %${verb}`);
    return '';
  });
  if (used < count) throw new CelError(`format() got ${count} values for a string that takes ${used}`);
}

function formatOne(verb: string, value: unknown, precision: number): string {
  if (typeof value === 'string') spendText(value.length);
  switch (verb) {
    case 's':
      return formatText(value);
    case 'd':
      if (isInt(value) || value instanceof Uint) return inBase(value, 10);
      break;
    case 'f':
      return formatFixed(numberOf(value, verb), precision);
    case 'e':
      return formatScientific(numberOf(value, verb), precision);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      if (isInt(value) || value instanceof Uint) return inBase(value, 2);
      break;
    case 'o':
      if (isInt(value) || value instanceof Uint) return inBase(value, 8);
      break;
    case 'x':
    case 'X': {
      const digits = formatHex(value);
      if (digits !== undefined) return verb === 'x' ? digits : digits.toUpperCase();
      break;
    }
  }
  throw new CelError(`format() cannot write a value of type ${typeName(value)} with %${verb}`);
}

function inBase(value: Int | Uint, base: number): string {
  return value instanceof Uint ? value.value.toString(base) : digitsOf(value, base);
}

function formatHex(value: unknown): string | undefined {
  if (isInt(value) || value instanceof Uint) return inBase(value, 16);
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return isBytes(value) ? Buffer.from(value).toString('hex') : undefined;
}

/** A double, or one of the strings that stand for what has no literal. */
function numberOf(value: unknown, verb: string): number {
  if (isDouble(value)) return doubleValue(value);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw new CelError(`format() cannot write a value of type ${typeName(value)} with %${verb}`);
}

const special = (value: number) => (Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞');

/** In the English form, with a comma after each thousand, and no sign before zero. */
function formatFixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return special(value);
  const [whole = '', fraction] = toFixed(value === 0 ? 0 : value, precision).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** The exact value of a double with any number of decimals, rounded half to even; toFixed() ends at 100. */
function toFixed(value: number, precision: number): string {
  const { negative, mantissa, exponent } = parts(value);
  let digits: string;
  if (exponent >= 0) digits = (mantissa << BigInt(exponent)).toString() + '0'.repeat(precision);
  else digits = roundedDivide(mantissa * 10n ** BigInt(precision), 1n << BigInt(-exponent)).toString();
  digits = digits.padStart(precision + 1, '0');
  const whole = digits.slice(0, digits.length - precision);
  return `${negative ? '-' : ''}${whole}${precision === 0 ? '' : `.${digits.slice(-precision)}`}`;
}

/** mantissa × 2^exponent, exactly. */
function parts(value: number): { negative: boolean; mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return {
    negative: bits >> 63n === 1n,
    mantissa: biased === 0 ? fraction : fraction | (1n << 52n),
    exponent: (biased === 0 ? 1 : biased) - 1075,
  };
}

function roundedDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  const twice = (a % b) * 2n;
  return twice > b || (twice === b && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/**
 * In the English form, `1.500000×10⁰³`: always with six decimals, since cel-go takes the precision for the width to which
 * spaces are put before.
 */
function formatScientific(value: number, width: number): string {
  let text = special(value);
  if (Number.isFinite(value)) {
    const [mantissa = '', exponent = '0'] = (value === 0 ? 0 : value).toExponential(6).split('e');
    const digits = Math.abs(Number(exponent)).toString().padStart(2, '0');
    const raised = digits.replace(/\d/g, (digit) => superscripts[Number(digit)] ?? '');
    text = `${mantissa}×10${Number(exponent) < 0 ? '⁻' : ''}${raised}`;
  }
  return text.padStart(width);
}

/** %s: text as it is; inside lists and maps as CEL would write it. */
function formatText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (isDouble(value)) return formatDouble(doubleValue(value));
  if (value instanceof Timestamp) return value.toText();
  if (value instanceof Duration) return value.toText();
  if (isBytes(value)) return decode(value);
  return formatElement(value);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError('the bytes are not valid UTF-8');
  }
}

const maxDepth = 1000;

function formatElement(value: unknown, depth = 0): string {
  spend(1);
  if (depth > maxDepth) throw new CelError(`format() of a value that nests deeper than ${maxDepth} levels`);
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isInt(value) || value instanceof Uint) return inBase(value, 10);
  if (isDouble(value)) return formatElementDouble(doubleValue(value));
  if (value instanceof Timestamp) return `timestamp(${quote(value.toText())})`;
  if (value instanceof Duration) return `duration(${quote(value.toText())})`;
  if (value instanceof TypeValue) return value.name;
  if (isBytes(value)) return `b${quote(decode(value))}`;
  if (Array.isArray(value)) return `[${value.map((element) => formatElement(element, depth + 1)).join(', ')}]`;
  if (!isMap(value)) throw new CelError(`format() cannot write a value of type ${typeName(value)}`);
  const entries = keysOf(value).map(
    (key) => [formatElement(key), formatElement(lookup(value, key), depth + 1)] as const,
  );
  entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${entries.map((entry) => entry.join(':')).join(', ')}}`;
}

function formatElementDouble(value: number): string {
  if (Number.isFinite(value)) return toFixed(value, 6);
  return `"${formatDouble(value)}"`;
}

/** Go's %q. */
function quote(text: string): string {
  const named: Readonly<Record<string, string>> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
    '\\': '\\\\',
    '"': '\\"',
  };
  const escaped = text.replace(/[\\"]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (named[character] !== undefined) return named[character];
    if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
    return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}
