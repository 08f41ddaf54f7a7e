import type { RE2JS } from 're2js';
import { spendText } from '../budget';
import { CelError } from '../errors';
import type { Int } from '../values';
import type { Library } from './library';

/** Go's regexp: RE2, whose time is linear in the text, so that no pattern can hang a run. */
type Pattern = RE2JS;

const cache = new Map<string, Pattern>();
const maxCached = 1000;

/** @throws CelError where the pattern is not one of RE2 */
function pattern(source: string): Pattern {
  let known = cache.get(source);
  if (known === undefined) {
    // The library takes longer to load than most runs take to evaluate, and few expressions need it.
    const { RE2JS: re2 } = require('re2js') as typeof import('re2js');
    try {
      known = re2.compile(source);
    } catch (error) {
      throw new CelError(`not a regular expression: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (cache.size >= maxCached) cache.clear();
    cache.set(source, known);
  }
  return known;
}

/** A pattern of letters, digits and a few signs between `^` and `$`, either of which may lack, says what a string has. */
const literal = /^(\^?)([\w\-/:@ ,]*)(\$?)$/;

/** @throws CelError as matching with it would */
export function checkPattern(source: string): void {
  if (!literal.test(source)) pattern(source);
}

/** RE2 takes time of text times pattern; so does Kubernetes' estimate, which has the pattern count a quarter. */
function compiled(text: string, source: string): Pattern {
  spendText((text.length * source.length) / 4);
  return pattern(source);
}

function matches(text: string, source: string): boolean {
  const simple = literal.exec(source);
  if (simple === null) return compiled(text, source).matcher(text).find();
  const [, start, part = '', end] = simple;
  if (start !== '') return end !== '' ? text === part : text.startsWith(part);
  return end !== '' ? text.endsWith(part) : text.includes(part);
}

function find(text: string, source: string): string {
  const matcher = compiled(text, source).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

/** Go's FindAllString: an empty match right after another does not count. */
function findAll(text: string, source: string, limit: Int = -1): string[] {
  const matcher = compiled(text, source).matcher(text);
  const found: string[] = [];
  let previousEnd = -1;
  for (let at = 0; at <= text.length && (limit < 0 || found.length < limit); ) {
    if (!matcher.find(at)) break;
    const start = matcher.start();
    const end = matcher.end();
    const counts = end > at || start !== previousEnd;
    // Past an empty match by one code point.
    at = end > at ? end : at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
    previousEnd = end;
    if (counts) found.push(text.slice(start, end));
  }
  return found;
}

/** matches() of the language, and Kubernetes' find() and findAll(). */
export const regex: Library = {
  'matches(string, string): bool': matches,
  '<string>.matches(string): bool': matches,
  '<string>.find(string): string': find,
  '<string>.findAll(string): list(string)': (text: string, source: string) => findAll(text, source),
  '<string>.findAll(string, int): list(string)': findAll,
};
