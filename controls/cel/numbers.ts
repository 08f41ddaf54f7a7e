import { CelError } from './errors';

/** Go's shortest form of a double (`%g`), such as 1.5, 1e+06 or +Inf. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponent] = shortest(value);
  // Where Go's %g takes the form with an exponent.
  if (exponent < -4 || exponent >= 6) return exponential(value, digits, exponent);
  return plain(value, digits, exponent);
}

/** Go's `%f` with as many decimals as it takes (strconv.FormatFloat(v, 'f', -1, 64)). */
export function formatPlain(value: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponent] = shortest(value);
  return plain(value, digits, exponent);
}

/** The fewest digits that tell a double from its neighbours, and the exponent of the first. */
function shortest(value: number): [digits: string, exponent: number] {
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return [mantissa.replace('.', ''), Number(exponent)];
}

function exponential(value: number, digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const size = Math.abs(exponent).toString().padStart(2, '0');
  return `${value < 0 ? '-' : ''}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}

function plain(value: number, digits: string, exponent: number): string {
  const sign = value < 0 ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** As Go's strconv.ParseFloat does: decimal and hexadecimal, infinities and NaN; a number too large is an error. */
export function parseDouble(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special) {
    if (/nan/i.test(text)) {
      if (special[1] === '') return Number.NaN;
    } else return special[1] === '-' ? -Infinity : Infinity;
  }
  const decimal = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;
  const value = decimal.test(text) ? Number(text.replaceAll('_', '')) : parseHexadecimal(text);
  if (value === undefined || !Number.isFinite(value)) throw new CelError(`not a double: ${JSON.stringify(text)}`);
  return value;
}

function parseHexadecimal(text: string): number | undefined {
  const digits = '[\\da-f](?:_?[\\da-f])*';
  const match = new RegExp(
    `^([+-]?)0x_?(?:(${digits})(?:\\.(${digits})?)?|\\.(${digits}))p([+-]?\\d+(?:_?\\d)*)$`,
    'i',
  ).exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', onlyFraction = '', power = '0'] = match.map((part) =>
    part?.replaceAll('_', ''),
  );
  const decimals = fraction + onlyFraction;
  const mantissa = BigInt(`0x${whole}${decimals}`);
  const value = scaleByTwo(mantissa, Number(power) - decimals.length * 4);
  return sign === '-' ? -value : value;
}

/** mantissa × 2^exponent, rounded once. */
function scaleByTwo(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  if (exponent >= 0) return exponent > 2000 ? Infinity : Number(mantissa << BigInt(exponent));
  const bits = mantissa.toString(2).length;
  if (bits + exponent < -1080) return 0;
  // Below 53 bits the division is exact unless the result is subnormal; more bits are rounded to odd first.
  const drop = Math.max(0, bits - 64);
  let top = mantissa >> BigInt(drop);
  if (drop > 0 && top << BigInt(drop) !== mantissa) top |= 1n;
  const half = Math.trunc((exponent + drop) / 2);
  return Number(top) * 2 ** half * 2 ** (exponent + drop - half);
}
