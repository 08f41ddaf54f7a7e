import type { Clause } from '../../controls/control';
import type { Place } from '../../controls/places';
import { podVariables } from '../../controls/variables';
import type { Json } from '../../inventory';

/** A CEL string literal: JSON's escapes are among CEL's. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/**
 * A CEL literal. Kubernetes refuses literals of lists and maps whose members differ in type, so members are `dyn`
 * wherever there is more than one.
 */
export function literal(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${members(value).join(', ')}]`;
  const keys = Object.keys(value);
  const texts = members(Object.values(value));
  return `{${keys.map((key, index) => `${quote(key)}: ${texts[index]}`).join(', ')}}`;
}

function members(values: readonly Json[]): string[] {
  const types = new Set(values.map((value) => (typeof value === 'object' ? value : typeof value)));
  return values.map((value) => (types.size > 1 ? `dyn(${literal(value)})` : literal(value)));
}

const identifier = /^[A-Za-z_]\w*$/;

/** CEL: the field at `path` below `parent`. */
export function fieldAt(parent: string, path: readonly string[]): string {
  return parent + path.map((key) => (identifier.test(key) ? `.${key}` : `[${quote(key)}]`)).join('');
}

/** CEL: whether `parent` has this field. */
export function has(parent: string, key: string): string {
  return identifier.test(key) ? `has(${parent}.${key})` : `(${quote(key)} in ${parent})`;
}

/** CEL: what the elements of `place` are found in: the pod, the object, or an outer element. */
export function parentOf(place: Place): string {
  if (typeof place.from !== 'string') return place.from.as;
  return place.from === 'object' ? 'object' : `variables.${place.from}`;
}

/** CEL: the list or map at `list`, one of the place's; empty where there is none. */
export function listAt(place: Place, list: string): string {
  return `${parentOf(place)}.?${list.replaceAll('.', '.?')}.orValue(${place.keys ? '{}' : '[]'})`;
}

function elementsOf(place: Place, lists: readonly string[]): string {
  const text = lists.map((list) => listAt(place, list)).join(' + ');
  if (text === podVariables.containers) return 'variables.containers';
  return lists.length === 1 ? text : `(${text})`;
}

/** Whether a place has elements with names, or is the pod, its metadata or the object as a whole. */
export function isWhole(place: Place): boolean {
  return place.lists === undefined;
}

/** CEL: whether the clause holds for the whole that it is about. */
export function holdsForWhole({ each, holds }: Clause): string {
  const whole = parentOf(each);
  return whole === each.as ? holds : `[${whole}].all(${each.as}, ${holds})`;
}

/** CEL: the names, for a person, of the elements for which the clause does not hold. */
export function failing({ each, holds }: Clause): string {
  const elements = elementsOf(each, each.lists ?? []);
  const names =
    each.label === undefined
      ? `${elements}.transformList(index, ${each.as}, !(${holds}), ${nameOf(each)})`
      : `${elements}.map(${each.as}, !(${holds}), ${nameOf(each)})`;
  return typeof each.from === 'string' ? names : inEach(each.from, names);
}

/** Every outer element's list of names, as one list. */
function inEach(outer: Place, names: string): string {
  const all = `${elementsOf(outer, outer.lists ?? [])}.map(${outer.as}, ${names}.join(", ")).filter(text, text != "")`;
  return typeof outer.from === 'string' ? all : inEach(outer.from, all);
}

function nameOf({ as, from, lists, label }: Place): string {
  if (label === undefined) return `"${lists?.[0]}[" + string(index) + "]"`;
  const own = `${quote(`${as} "`)} + ${label} + "\\""`;
  return typeof from === 'string' ? own : `${nameOf(from)} + " " + ${own}`;
}
