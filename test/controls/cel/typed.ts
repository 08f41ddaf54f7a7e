import { formatDouble } from '../../../controls/cel/numbers';
import {
  CelObject,
  Double,
  digitsOf,
  isBytes,
  isDouble,
  isInt,
  isMap,
  keysOf,
  lookup,
  Optional,
  TypeValue,
  Uint,
} from '../../../controls/cel/values';

/** A CEL value with its type, in the form of the oracle (test/e2e/oracle/cel.go). */
export function typed(value: unknown): unknown {
  if (isInt(value)) return { int: Object.is(value, -0) ? 'minus zero' : digitsOf(value) };
  if (isDouble(value)) return { double: formatDouble(value instanceof Double ? value.value : value) };
  if (value instanceof Uint) return { uint: String(value.value) };
  if (isBytes(value)) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof TypeValue) return { type: value.name };
  if (value instanceof Optional) return { optional: value.value === undefined ? [] : [typed(value.value)] };
  if (value instanceof CelObject) return { [value.typeName]: textOf(value) };
  if (Array.isArray(value)) return { list: value.map(typed) };
  if (!isMap(value)) return value;
  const entries = keysOf(value).map((key) => [typed(key), typed(lookup(value, key))]);
  const order = (entry: unknown[]) =>
    typeof entry[0] === 'object'
      ? `map[${Object.entries(entry[0] as object).map((pair) => pair.join(':'))}]`
      : String(entry[0]);
  entries.sort((a, b) => Buffer.compare(Buffer.from(order(a)), Buffer.from(order(b))));
  return { map: entries };
}

/** Quantities, URLs and the like have no text that an expression could see. */
function textOf(value: CelObject): string {
  try {
    return value.toText();
  } catch {
    return '';
  }
}
