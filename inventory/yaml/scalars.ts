/**
 * What an unquoted scalar means to kubectl: YAML 1.1 as go-yaml v2 reads it, which sigs.k8s.io/yaml is made of
 * (https://github.com/yaml/go-yaml/blob/v2.4.2/resolve.go). Dates stay strings there too.
 */

export const YAML_TAG = 'tag:yaml.org,2002:';

type Scalar = string | number | boolean | null;

const WORDS = new Map<string, Scalar>([['', null]]);
for (const [value, words] of [
  [true, 'y Y yes Yes YES true True TRUE on On ON'],
  [false, 'n N no No NO false False FALSE off Off OFF'],
  [null, '~ null Null NULL'],
  [Number.NaN, '.nan .NaN .NAN'],
  [Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF'],
  [Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF'],
] as const) {
  for (const word of words.split(' ')) WORDS.set(word, value);
}

/** By the code of its first character: may a plain scalar be anything but a string? */
const mayResolve = new Uint8Array(128);
for (const first of '+-.0123456789yYnNtTfFoO~') mayResolve[first.charCodeAt(0)] = 1;

const DECIMAL_FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** One that begins with the point may have underscores, but between digits only. */
const POINT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const INTEGER = /^([-+]?)(?:0([bBoOxX])([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))$/;
const BINARY_AFTER_PREFIX = /^(?:0b([-+]?)|-0b)([01]+)$/;
const DIGITS: Readonly<Record<string, RegExp>> = { b: /^[01]+$/, o: /^[0-7]+$/, x: /^[0-9a-fA-F]+$/ };
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2})?)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** False when a plain scalar with this first character is always a string. */
export function canResolve(first: number): boolean {
  return first < 128 && mayResolve[first] === 1;
}

/** The value of a plain scalar. Not-a-number and the infinities come out as such, though JSON has no place for them. */
export function resolvePlain(text: string): Scalar {
  if (text !== '' && !canResolve(text.charCodeAt(0))) return text;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const integer = parseInteger(text);
  const value = integer === undefined ? parseFloat64(text) : Number(integer);
  if (value === undefined) return text;
  return value === 0 ? 0 : value; // no -0: the API knows none
}

/** The value of a scalar with one of YAML's own tags; undefined when it is none of that type. */
export function resolveTagged(type: string, text: string): Scalar | undefined {
  switch (type) {
    case 'bool':
    case 'null': {
      const value = resolvePlain(text);
      return (type === 'bool' ? typeof value === 'boolean' : value === null) ? value : undefined;
    }
    case 'int': {
      const integer = isNumeric(text) ? parseInteger(text) : undefined;
      return integer === undefined ? undefined : Number(integer);
    }
    case 'float': {
      const value = resolvePlain(text);
      const integer = isNumeric(text) ? parseInteger(text) : undefined;
      return typeof value === 'number' && (integer === undefined || integer <= MAX_INT64) ? value : undefined;
    }
    case 'timestamp':
      return TIMESTAMP.test(text) ? text : undefined;
    case 'binary': {
      const base64 = text.replace(/[\r\n]/g, '');
      return BASE64.test(base64) ? Buffer.from(base64, 'base64').toString() : undefined;
    }
    default:
      return text;
  }
}

/** The member name that a plain scalar becomes as a key; undefined for null, and for what Go has no name for. */
export function keyOf(text: string, tag = ''): string | undefined {
  const value = resolvePlain(text);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value === null) return undefined;
  const integer = parseInteger(text);
  if (integer === undefined) return formatFloat32(parseFloat64(text) ?? value);
  if (tag === `${YAML_TAG}float`) return formatFloat32(Number(integer));
  return integer > MAX_INT64 ? undefined : String(integer);
}

function isNumeric(text: string): boolean {
  return /^[-+0-9]/.test(text);
}

/** Go's strconv.ParseInt and then ParseUint with base 0 and 64 bits; undefined where both refuse. */
function parseInteger(text: string): bigint | number | undefined {
  const digits = text.includes('_') ? text.replaceAll('_', '') : text;
  const match = INTEGER.exec(digits);
  if (match === null) return parseBinary(digits);
  const [, sign, base, based, octal, decimal] = match;
  if (decimal !== undefined && decimal.length < 16) return Number(digits);
  let magnitude: bigint;
  if (base !== undefined && based !== undefined) {
    const prefix = base.toLowerCase();
    if (!DIGITS[prefix]?.test(based)) return parseBinary(digits);
    magnitude = BigInt(`0${prefix}${based}`);
  } else if (octal !== undefined) {
    magnitude = octal === '0' ? 0n : BigInt(`0o${octal.slice(1)}`);
  } else {
    magnitude = BigInt(decimal ?? 0);
  }
  const integer = sign === '-' ? -magnitude : magnitude;
  if (integer < MIN_INT64) return undefined;
  return integer <= (sign === '+' ? MAX_INT64 : MAX_UINT64) ? integer : undefined;
}

/** go-yaml reads what follows `0b` once more by itself, and so takes a sign in there. */
function parseBinary(digits: string): bigint | undefined {
  const match = BINARY_AFTER_PREFIX.exec(digits);
  if (match === null) return undefined;
  const magnitude = BigInt(`0b${match[2]}`);
  return match[1] === '-' ? -magnitude : magnitude <= MAX_INT64 ? magnitude : undefined;
}

/** A float that is not too large for 64 bits; else go-yaml takes the text as it is. */
function parseFloat64(text: string): number | undefined {
  const digits = text.includes('_') ? text.replaceAll('_', '') : text;
  if (!(text.startsWith('.') ? POINT_FLOAT.test(text) : DECIMAL_FLOAT.test(digits))) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

/** Go's FormatFloat(value, 'g', -1, 32), which sigs.k8s.io/yaml writes keys with. */
function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return '.nan';
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  let shortest = single;
  for (let precision = 1; precision <= 9; precision++) {
    shortest = Number(single.toPrecision(precision));
    if (Math.fround(shortest) === single) break;
  }
  const [mantissa = '', exponent] = shortest.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(shortest);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
