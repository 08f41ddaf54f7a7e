import { spendText } from '../budget';
import { CelError, UNKNOWN, unknown } from '../errors';
import type { Int } from '../values';
import { formatString } from './formatting';
import type { Library } from './library';

// Positions count code points. Most strings are ASCII, in which they are the positions JavaScript has.
const isAscii = (text: string) => !/[\u0080-\uffff]/.test(text);

/** Something with positions that are code points: the string itself where those are its units. */
function points(text: string): { readonly length: number; slice(from: number, to?: number): string } {
  if (isAscii(text)) return text;
  const list = Array.from(text);
  return { length: list.length, slice: (from, to) => list.slice(from, to).join('') };
}

function outOfRange(at: Int): CelError {
  return new CelError(`index out of range: ${at}`);
}

function charAt(text: string, at: Int): string {
  const list = points(text);
  const index = Number(at);
  if (index < 0 || index > list.length) throw outOfRange(at);
  return list.slice(index, index + 1);
}

function substring(text: string, from: Int, to?: Int): string {
  const list = points(text);
  const end = to ?? list.length;
  if (from < 0 || from > list.length) throw outOfRange(from);
  if (end < from || end > list.length) throw outOfRange(end);
  return list.slice(Number(from), Number(end));
}

/** The position in code points of one in UTF-16 units. */
const toPoints = (text: string, at: number) => (at <= 0 || isAscii(text) ? at : Array.from(text.slice(0, at)).length);

function indexOf(text: string, part: string, from: Int = 0): number {
  const list = points(text);
  const start = Number(from);
  if (start < 0) throw outOfRange(from);
  if (part === '') return Math.min(start, list.length);
  if (start >= list.length) return -1;
  const units = list.slice(0, start).length;
  return toPoints(text, text.indexOf(part, units));
}

function lastIndexOf(text: string, part: string, from?: Int): number {
  const list = points(text);
  if (from === undefined) return part === '' ? list.length : toPoints(text, text.lastIndexOf(part));
  const start = Number(from);
  if (start < 0) throw outOfRange(from);
  if (part === '') return Math.min(start, list.length);
  if (start >= list.length) return -1;
  return toPoints(text, text.lastIndexOf(part, list.slice(0, start).length));
}

/** Go's strings.Replace: an empty `old` stands between all code points, before the first and after the last. */
function replace(text: string, old: string, by: string, limit: Int = -1): string {
  const count = limit < 0 ? Infinity : Number(limit);
  const parts = old === '' ? ['', ...Array.from(text)] : text.split(old);
  // An empty `old` has one place more than there are code points.
  const places = old === '' ? parts.length : parts.length - 1;
  spendText(text.length + Math.min(count, places) * by.length);
  let result = '';
  parts.forEach((part, at) => {
    result += part;
    if (at < places) result += at < count ? by : old;
  });
  return result;
}

/** Go's strings.SplitN: at most `limit` parts, the last of which holds the rest. */
function split(text: string, separator: string, limit: Int = -1): string[] {
  const count = Number(limit);
  if (count === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function join(list: readonly unknown[], separator = ''): string {
  for (const element of list) {
    if (element === UNKNOWN) throw unknown();
    if (typeof element !== 'string') throw new CelError('join() takes a list of strings');
    spendText(element.length + separator.length);
  }
  return list.join(separator);
}

const escapes: Readonly<Record<string, string>> = {
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

const quote = (text: string) => `"${Array.from(text, (character) => escapes[character] ?? character).join('')}"`;

/** cel-go's strings extension in version 2, which is what Kubernetes has. */
export const strings: Library = {
  '<string>.charAt(int): string': charAt,
  '<string>.indexOf(string): int': (text: string, part: string) => indexOf(text, part),
  '<string>.indexOf(string, int): int': indexOf,
  '<string>.lastIndexOf(string): int': (text: string, part: string) => lastIndexOf(text, part),
  '<string>.lastIndexOf(string, int): int': lastIndexOf,
  '<string>.lowerAscii(): string': (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  '<string>.upperAscii(): string': (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  '<string>.replace(string, string): string': (text: string, old: string, by: string) => replace(text, old, by),
  '<string>.replace(string, string, int): string': replace,
  '<string>.split(string): list(string)': (text: string, separator: string) => split(text, separator),
  '<string>.split(string, int): list(string)': split,
  '<string>.substring(int): string': (text: string, from: Int) => substring(text, from),
  '<string>.substring(int, int): string': substring,
  // Go's idea of white space, which lacks JavaScript's U+FEFF and has U+0085.
  '<string>.trim(): string': (text: string) => {
    const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
    let from = 0;
    let to = text.length;
    const test = new RegExp(space);
    while (from < to && test.test(text[from] ?? '')) from++;
    while (to > from && test.test(text[to - 1] ?? '')) to--;
    return text.slice(from, to);
  },
  '<list(string)>.join(): string': (list: readonly unknown[]) => join(list),
  '<list(string)>.join(string): string': join,
  'strings.quote(string): string': quote,
  '<string>.format(list(dyn)): string': formatString,
};
