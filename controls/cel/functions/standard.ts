import { CelError } from '../errors';
import { formatDouble, parseDouble } from '../numbers';
import {
  checkedInt,
  type Double,
  type Duration,
  digitsOf,
  double,
  doubleValue,
  type Int,
  int,
  type MapValue,
  sizeOfMap,
  stringSize,
  type Timestamp,
  TypeValue,
  typeName,
  type Uint,
  uint,
} from '../values';
import type { Library } from './library';
import { checkedTimestamp, parseDuration, parseTimestamp } from './time';

const same = (value: unknown) => value;

const sizeOf = {
  string: stringSize,
  bytes: (bytes: Uint8Array) => bytes.length,
  list: (list: unknown[]) => list.length,
  map: (map: MapValue) => sizeOfMap(map),
};

const truths = new Map<string, boolean>([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text): [string, boolean] => [text, true]),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text): [string, boolean] => [text, false]),
]);

function parseBool(text: string): boolean {
  const value = truths.get(text);
  if (value === undefined) throw new CelError(`not a bool: ${JSON.stringify(text)}`);
  return value;
}

function parseInteger(text: string, signed: boolean): bigint {
  if (!(signed ? /^[+-]?\d+$/ : /^\d+$/).test(text)) throw new CelError(`not an integer: ${JSON.stringify(text)}`);
  return BigInt(text.replace(/^\+/, ''));
}

function truncate(value: number | Double, limit: number): bigint {
  const number = doubleValue(value);
  if (!(Math.abs(number) < limit)) throw new CelError('integer overflow');
  return BigInt(Math.trunc(number));
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError('the bytes are not valid UTF-8');
  }
}

/** Functions and conversions of the language itself (cel-go's common/stdlib). */
export const standard: Library = {
  'size(bytes): int': sizeOf.bytes,
  '<bytes>.size(): int': sizeOf.bytes,
  'size(list(A)): int': sizeOf.list,
  '<list(A)>.size(): int': sizeOf.list,
  'size(map(A, B)): int': sizeOf.map,
  '<map(A, B)>.size(): int': sizeOf.map,
  'size(string): int': sizeOf.string,
  '<string>.size(): int': sizeOf.string,

  'type(A): type(A)': (value: unknown) => new TypeValue(typeName(value)),
  'dyn(A): dyn': same,
  'bool(bool): bool': same,
  'bool(string): bool': parseBool,
  'bytes(bytes): bytes': same,
  'bytes(string): bytes': (text: string) => new TextEncoder().encode(text),
  'double(double): double': same,
  'double(int): double': (value: Int) => double(Number(value)),
  'double(string): double': (text: string) => double(parseDouble(text)),
  'double(uint): double': (value: Uint) => double(Number(value.value)),
  'duration(duration): duration': same,
  'duration(string): duration': parseDuration,
  'int(int): int': same,
  'int(double): int': (value: number | Double) => checkedInt(truncate(value, 2 ** 63)),
  'int(duration): int': (value: Duration) => int(value.nanoseconds),
  'int(string): int': (text: string) => checkedInt(parseInteger(text, true)),
  'int(timestamp): int': (value: Timestamp) => {
    const { nanoseconds } = value;
    const seconds = nanoseconds / 1_000_000_000n;
    return int(nanoseconds < 0n && nanoseconds % 1_000_000_000n !== 0n ? seconds - 1n : seconds);
  },
  'int(uint): int': (value: Uint) => checkedInt(value.value),
  'string(string): string': same,
  'string(bool): string': (value: boolean) => String(value),
  'string(bytes): string': decodeText,
  'string(double): string': (value: number | Double) => formatDouble(doubleValue(value)),
  'string(duration): string': (value: Duration) => value.toText(),
  'string(int): string': (value: Int) => digitsOf(value),
  'string(timestamp): string': (value: Timestamp) => value.toText(),
  'string(uint): string': (value: Uint) => String(value.value),
  'timestamp(timestamp): timestamp': same,
  'timestamp(int): timestamp': (seconds: Int) => checkedTimestamp(BigInt(seconds) * 1_000_000_000n),
  'timestamp(string): timestamp': parseTimestamp,
  'uint(uint): uint': same,
  'uint(double): uint': (value: number | Double) => {
    if (doubleValue(value) < 0) throw new CelError('unsigned integer overflow');
    return uint(truncate(value, 2 ** 64));
  },
  'uint(int): uint': (value: Int) => uint(BigInt(value)),
  'uint(string): uint': (text: string) => uint(parseInteger(text, false)),

  '<string>.contains(string): bool': (text: string, part: string) => text.includes(part),
  '<string>.startsWith(string): bool': (text: string, prefix: string) => text.startsWith(prefix),
  '<string>.endsWith(string): bool': (text: string, suffix: string) => text.endsWith(suffix),
};
