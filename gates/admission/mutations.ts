import type { Clause, Fix } from '../../controls/control';
import { splitPath } from '../../controls/evaluate';
import type { Place } from '../../controls/places';
import { fieldAt, has, listAt, literal, parentOf, quote } from './cel';

/**
 * CEL: the JSON patches that apply one step of a clause's fix to every element for which the clause does not hold.
 *
 * The API server evaluates each mutation on the result of the one before it: a later step sees what an earlier one
 * did, as it does in process.
 */
export function patches({ each, holds }: Clause, step: Fix): string {
  const path = splitPath('set' in step ? step.set : 'remove' in step ? step.remove : step.filter).map(String);
  const present = path.map((key, depth) => has(fieldAt(each.as, path.slice(0, depth)), key));
  const fails = `!(${holds})`;
  if ('set' in step) {
    return forEach(each, (at) => ({ condition: fails, value: add(path, present, literal(step.to), at) }));
  }
  const condition = [fails, ...present].join(' && ');
  if ('remove' in step) return forEach(each, (at) => ({ condition, value: remove(pointer(at, path)) }));
  const dropped = (at: string) => {
    const item = remove(`${joined(pointer(at, path), '/')} + string(itemIndex)`);
    // From the end, so that the indices of the items before stay what they are.
    return `${fieldAt(each.as, path)}.transformList(itemIndex, item, !(${step.keep}), ${item}).reverse()`;
  };
  return `${forEach(each, (at) => ({ condition, value: dropped(at) }))}.flatten()`;
}

/** Adds the first object that is missing on the way to a field, with all that belongs below it. */
function add(path: readonly string[], present: readonly string[], value: string, at: string): string {
  const branches = path.map((_, depth) => {
    const below = path.slice(depth + 1).reduceRight((inner, key) => `{${quote(key)}: ${inner}}`, value);
    const patch = `JSONPatch{op: "add", path: ${pointer(at, path.slice(0, depth + 1))}, value: ${below}}`;
    return depth === path.length - 1 ? patch : `!${present[depth]} ? ${patch} : `;
  });
  return branches.join('');
}

function remove(at: string): string {
  return `JSONPatch{op: "remove", path: ${at}}`;
}

/** CEL: the JSON pointer to `path` below the pointer `at`. */
function pointer(at: string, path: readonly string[]): string {
  return path.length === 0 ? at : joined(at, path.map((key) => `/${escapeKey(key)}`).join(''));
}

/** A key in a JSON pointer (RFC 6901). */
function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** CEL: two texts as one; a literal at the end of the first takes in the second. */
function joined(text: string, more: string): string {
  return text.endsWith('"') ? `${text.slice(0, -1)}${quote(more).slice(1)}` : `${text} + ${quote(more)}`;
}

/** Given CEL for the JSON pointer to an element, what to make of it, and when. */
type Each = (at: string) => { readonly condition?: string; readonly value: string };

/** CEL: what `each` makes of every element at `place`, as one list. */
function forEach(place: Place, each: Each): string {
  const { from } = place;
  if (typeof from === 'string') return forEachBelow(place, from === 'object' ? '""' : `variables.${from}Pointer`, each);
  return `${forEach(from, (at) => ({ value: forEachBelow(place, at, each) }))}.flatten()`;
}

function forEachBelow(place: Place, parent: string, each: Each): string {
  const { as, lists, keys } = place;
  const call = (at: string) => {
    const { condition, value } = each(at);
    return condition === undefined ? value : `${condition}, ${value}`;
  };
  if (lists === undefined) return `[${parentOf(place)}].map(${as}, ${call(parent)})`;

  const index = `${as}Index`;
  const [list, ...others] = lists;
  if (list !== undefined && others.length === 0) {
    const elements = listAt(place, list);
    const at = joined(parent, `/${list.replaceAll('.', '/')}/`);
    return keys
      ? `${elements}.map(${as}, ${call(`${at} + jsonpatch.escapeKey(${as})`)})`
      : `${elements}.transformList(${index}, ${as}, ${call(`${at} + string(${index})`)})`;
  }
  const name = `${as}List`;
  const elements = `${parentOf(place)}[?${name}].orValue([])`;
  const items = `${elements}.transformList(${index}, ${as}, ${call(`${joined(parent, '/')} + ${name} + "/" + string(${index})`)})`;
  return `${literal(lists)}.map(${name}, ${items}).flatten()`;
}
