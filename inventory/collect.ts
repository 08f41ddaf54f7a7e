import { normalize, type ReadDocument, readDocuments } from './documents';
import { Inventory, type Place } from './inventory';
import type { InventoryObject, Json, JsonObject, Origin, Path, Problem } from './object';
import { formatPath, valueAt } from './path';
import { groupOf, malformedPod, podLocations } from './pods';
import { Source } from './source';

/** kubectl writes a List, a careless script a List of Lists; more is no manifest. */
const MAX_LISTS = 8;

/** Helm's metadata file has an apiVersion, but no kind: https://helm.sh/docs/topics/charts/#the-chartyaml-file */
const HELM_CHART = /(?:^|[\\/])Chart\.ya?ml$/;

const NOT_RENDERED = 'if this is a template, render it first (helm template) and read what that prints';

/** A value that a document holds, or an item of a List, with where it stands. */
interface Found {
  readonly value: Json;
  readonly place: Place;
  readonly document: number;
  readonly line: number;
  /** How many Lists it is in. */
  readonly lists: number;
}

/** Gathers what is read into an inventory. */
export class Collector {
  readonly problems: Problem[] = [];
  private readonly objects: InventoryObject[] = [];
  private readonly places = new Map<InventoryObject, Place>();
  private documents = 0;

  inventory(): Inventory {
    const { objects, problems, documents, places } = this;
    return new Inventory({ objects, problems, documents, places });
  }

  /**
   * Takes in the documents of a text.
   *
   * @param strict whether a document that is no manifest is an error; in a folder it is to be expected
   */
  text(text: string, file: string, strict: boolean): void {
    const source = new Source(file, normalize(text));
    let document = 0;
    for (const read of readDocuments(source.text)) {
      document++;
      this.documents++;
      if (read.problem !== undefined) {
        const isTemplate = source.text.slice(read.start, read.end).includes('{{');
        const message = isTemplate ? `${read.problem}; ${NOT_RENDERED}` : read.problem;
        this.problems.push({ file, document, ...source.position(read.offset), message, level: 'error' });
        continue;
      }
      for (const { key, offset } of read.duplicates) {
        const message = `the key ${JSON.stringify(key)} comes twice in its mapping; the later one counts`;
        this.problems.push({ file, document, ...source.position(offset), message, level: 'warning' });
      }
      const { line } = source.position(contentStart(source.text, read));
      const place = { source, extent: read, path: [] };
      this.value({ value: read.value, place, document, line, lists: 0 }, strict);
    }
  }

  /** Takes in an object; without a place, it stands in no text. */
  object(value: JsonObject, apiVersion: string, kind: string, origin: Origin, place?: Place): void {
    const metadata = isObject(value.metadata) ? value.metadata : {};
    const { namespace } = metadata;
    const object: InventoryObject = {
      apiVersion,
      group: groupOf(apiVersion),
      kind,
      ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
      name: nameIn(metadata),
      value,
      origin,
      pods: podLocations(apiVersion, kind, value),
    };
    this.objects.push(object);
    if (place !== undefined) this.places.set(object, place);
    this.checkIdentity(object);
    const malformed = malformedPod(apiVersion, kind, value);
    if (malformed !== undefined) this.malformed(object, malformed, 'a mapping', ', and hides a pod');
  }

  /** Counts a document that stands in no text. */
  countDocument(): void {
    this.documents++;
  }

  private value(found: Found, strict: boolean): void {
    const { value, place, document, line } = found;
    const { file } = place.source;
    if (!isObject(value)) {
      this.refuse(found, `a manifest is a mapping, this is ${nameOf(value)}`, strict ? 'error' : 'warning');
      return;
    }
    const { apiVersion, kind } = value;
    if (kind === undefined && (apiVersion === undefined || HELM_CHART.test(file))) {
      this.refuse(found, 'no manifest: it has no kind', strict ? 'error' : 'warning');
      return;
    }
    if (typeof apiVersion !== 'string' || apiVersion === '') {
      this.refuse(found, `apiVersion must be a string such as "apps/v1", this is ${nameOf(apiVersion)}`, 'error');
      return;
    }
    if (typeof kind !== 'string' || kind === '') {
      this.refuse(found, `kind must be a string such as "Deployment", this is ${nameOf(kind)}`, 'error');
      return;
    }
    const { items } = value;
    if (Array.isArray(items) || (kind === 'List' && items == null)) {
      if (!kind.endsWith('List')) {
        const message = `kubectl takes what has items for a List and applies those alone; the ${kind} itself is not judged`;
        this.refuse(found, message, 'error');
      }
      this.items(found, items ?? [], { apiVersion, kind: kind.replace(/List$/, '') }, strict);
      return;
    }
    this.object(value, apiVersion, kind, { file, document, line }, place);
  }

  /** By kind, namespace and name objects are found, exempted and refused: they must be what the API server takes them for. */
  private checkIdentity(object: InventoryObject): void {
    const { metadata } = object.value;
    if (metadata === undefined || metadata === null) return;
    if (!isObject(metadata)) {
      this.malformed(object, ['metadata'], 'a mapping');
      return;
    }
    if (metadata.name !== undefined && typeof metadata.name !== 'string') {
      this.malformed(object, ['metadata', 'name'], 'a string', ': write it in quotes');
    }
    if (metadata.namespace != null && typeof metadata.namespace !== 'string') {
      this.malformed(object, ['metadata', 'namespace'], 'a string', ': write it in quotes');
    }
  }

  /** Reports what the API server would refuse, and what has not been judged for it. */
  private malformed(object: InventoryObject, path: Path, expected: string, rest = ''): void {
    const { file, document, line } = object.origin;
    const place = this.places.get(object);
    const position =
      place === undefined ? {} : { line, ...place.source.locate(place.extent, [...place.path, ...path]) };
    const found = nameOf(valueAt(object.value, path) as Json | undefined);
    const message = `${formatPath(path)} must be ${expected}, this is ${found}${rest}`;
    this.problems.push({ file, document, ...position, message, level: 'error' });
  }

  /**
   * Takes in the items of a List. To kubectl whatever has a list of items is one and is not itself applied, and items that
   * do not say what they are follow from its kind: a PodList has Pods
   * (https://github.com/kubernetes/apimachinery/blob/v0.37.1/pkg/apis/meta/v1/unstructured/helpers.go).
   */
  private items(
    list: Found,
    items: readonly Json[],
    each: { apiVersion: string; kind: string },
    strict: boolean,
  ): void {
    if (list.lists === MAX_LISTS) {
      this.refuse(list, `this is a List in more than ${MAX_LISTS} Lists; its items are left out`, 'error');
      return;
    }
    const { source, extent } = list.place;
    for (const [index, item] of items.entries()) {
      if (item === null) continue;
      const path = [...list.place.path, 'items', index];
      const isUntyped = isObject(item) && item.kind === undefined && item.apiVersion === undefined;
      const value = isUntyped && each.kind !== '' ? { ...item, ...each } : item;
      const line = source.locate(extent, path)?.line ?? list.line;
      const place = { source, extent, path };
      this.value({ value, place, document: list.document, line, lists: list.lists + 1 }, strict);
    }
  }

  private refuse({ place, document, line }: Found, message: string, level: Problem['level']): void {
    this.problems.push({ file: place.source.file, document, line, message, level });
  }
}

function nameIn(metadata: JsonObject): string {
  const { name, generateName } = metadata;
  if (typeof name === 'string' && name !== '') return name;
  if (typeof name === 'number' || typeof name === 'boolean') return String(name);
  return typeof generateName === 'string' ? generateName : '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' && value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return `the ${typeof value} ${JSON.stringify(text)}`;
}

/** Where a document begins, after comments, empty lines and its own `---`. */
function contentStart(text: string, { start, end }: ReadDocument): number {
  for (let line = start; line < end; line = text.indexOf('\n', line) + 1) {
    let at = line;
    while (text.charCodeAt(at) === 0x20) at++;
    const c = text.charCodeAt(at);
    if (c !== 0x0a && c !== 0x23 && !(at === start && text.startsWith('---', at))) return line;
  }
  return start;
}
