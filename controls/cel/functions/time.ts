import { CelError } from '../errors';
import { Duration, int, Timestamp } from '../values';
import type { Library } from './library';

const second = 1_000_000_000n;
const minTimestamp = -62135596800n * second;
const maxTimestamp = 253402300800n * second - 1n;

export function checkedDuration(nanoseconds: bigint): Duration {
  if (nanoseconds < -(2n ** 63n) || nanoseconds >= 2n ** 63n) throw new CelError('duration overflow');
  return new Duration(nanoseconds);
}

export function checkedTimestamp(nanoseconds: bigint, offset = 0): Timestamp {
  if (nanoseconds < minTimestamp || nanoseconds > maxTimestamp) throw new CelError('timestamp overflow');
  return new Timestamp(nanoseconds, offset);
}

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
};

/** As Go's time.ParseDuration does: `1h30m`, `-1.5s`, `0`. */
export function parseDuration(text: string): Duration {
  const failure = new CelError(`not a duration: ${JSON.stringify(text)}`);
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return new Duration(0n);
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(unsigned)) throw failure;
  let total = 0n;
  for (const [, number = '', unit = ''] of unsigned.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const [whole = '', fraction = ''] = number.split('.');
    const size = units[unit] ?? 0n;
    total += BigInt(whole || '0') * size;
    if (fraction !== '') total += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  const value = text.startsWith('-') ? -total : total;
  if (value < -(2n ** 63n) || value >= 2n ** 63n) throw failure;
  return new Duration(value);
}

/** RFC 3339, as Go reads it: an hour of one digit, a comma before the decimals and zones up to +24:60 are let through. */
export function parseTimestamp(text: string): Timestamp {
  const failure = new CelError(`not a timestamp: ${JSON.stringify(text)}`);
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(
    text,
  );
  if (!match) throw failure;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, seconds = 0] = match.slice(1, 7).map(Number);
  const [zoneHour, zoneMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  const days = new Date(0);
  days.setUTCFullYear(year, month - 1, day);
  const exists = days.getUTCMonth() === month - 1 && days.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || seconds > 59 || zoneHour > 24 || zoneMinute > 60) throw failure;
  const offset = (zoneHour * 60 + zoneMinute) * 60 * (match[8] === '-' ? -1 : 1);
  const total = BigInt(days.getTime() / 1000 + hour * 3600 + minute * 60 + seconds - offset);
  const nanoseconds = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return checkedTimestamp(total * second + nanoseconds, offset);
}

/** The parts of a timestamp on a clock in a time zone, months, days of week and days of year from 0. */
interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly yearday: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly milliseconds: number;
}

function clock(timestamp: Timestamp, zone: string): Clock {
  const milliseconds = Number(floorDivide(timestamp.nanoseconds, 1_000_000n));
  const date = new Date(milliseconds + zoneOffset(milliseconds, zone));
  const newYear = new Date(0);
  newYear.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    yearday: Math.floor((date.getTime() - newYear.getTime()) / 86_400_000),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    milliseconds: date.getUTCMilliseconds(),
  };
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a < 0n && a % b !== 0n ? a / b - 1n : a / b;
}

/** Milliseconds to add to UTC, for `+02:00`, `UTC` or a name of the IANA database. */
function zoneOffset(milliseconds: number, zone: string): number {
  if (zone === '' || zone === 'UTC') return 0;
  const failure = new CelError(`not a time zone: ${JSON.stringify(zone)}`);
  if (zone.includes(':')) {
    const match = /^([+-]?\d+):([+-]?\d+)$/.exec(zone);
    if (!match) throw failure;
    const [hours, minutes] = [Number(match[1]), Number(match[2])];
    return (hours < 0 ? hours * 60 - minutes : hours * 60 + minutes) * 60_000;
  }
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const parts = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
    const local = new Date(0);
    local.setUTCFullYear(
      parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year),
      Number(parts.month) - 1,
      Number(parts.day),
    );
    local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
    return local.getTime() - Math.floor(milliseconds / 1000) * 1000;
  } catch {
    throw failure;
  }
}

/** A getter of timestamps, with and without a time zone. */
function getter(name: string, part: (clock: Clock) => number): Library {
  return {
    [`<timestamp>.${name}(): int`]: (timestamp: Timestamp) => part(clock(timestamp, '')),
    [`<timestamp>.${name}(string): int`]: (timestamp: Timestamp, zone: string) => part(clock(timestamp, zone)),
  };
}

const inUnits = (unit: bigint) => (duration: Duration) => int(duration.nanoseconds / unit);

export const time: Library = {
  ...getter('getFullYear', ({ year }) => year),
  ...getter('getMonth', ({ month }) => month),
  ...getter('getDayOfYear', ({ yearday }) => yearday),
  ...getter('getDayOfMonth', ({ day }) => day - 1),
  ...getter('getDate', ({ day }) => day),
  ...getter('getDayOfWeek', ({ weekday }) => weekday),
  ...getter('getHours', ({ hours }) => hours),
  ...getter('getMinutes', ({ minutes }) => minutes),
  ...getter('getSeconds', ({ seconds }) => seconds),
  ...getter('getMilliseconds', ({ milliseconds }) => milliseconds),
  '<duration>.getHours(): int': inUnits(3600n * second),
  '<duration>.getMinutes(): int': inUnits(60n * second),
  '<duration>.getSeconds(): int': inUnits(second),
  '<duration>.getMilliseconds(): int': (duration: Duration) => int(duration.nanoseconds / 1_000_000n),
};
