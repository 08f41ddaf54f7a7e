import type { Extent } from './documents';
import type { InventoryObject, Path, Problem } from './object';
import type { Position, Source } from './source';

/** Where in a text an object stands. */
export interface Place {
  readonly source: Source;
  readonly extent: Extent;
  /** The way from the document to the object: empty, or into the items of a List. */
  readonly path: Path;
}

export interface InventoryContents {
  readonly objects: readonly InventoryObject[];
  readonly problems: readonly Problem[];
  readonly documents: number;
  readonly places: ReadonlyMap<InventoryObject, Place>;
}

/** The objects that a run looks at, in the order they were found, each with where it came from. */
export class Inventory {
  readonly objects: readonly InventoryObject[];
  /** What could not be read or was left out. */
  readonly problems: readonly Problem[];
  /** How many documents that are not empty were read; a List is one. */
  readonly documents: number;
  private readonly places: ReadonlyMap<InventoryObject, Place>;
  private byKind: Map<string, InventoryObject[]> | undefined;
  private byNamespace: Map<string, InventoryObject[]> | undefined;
  private byName: Map<string, InventoryObject> | undefined;

  constructor({ objects, problems, documents, places }: InventoryContents) {
    this.objects = objects;
    this.problems = problems;
    this.documents = documents;
    this.places = places;
  }

  /** The objects of a kind, of any group unless one is named; the core group is the empty string. */
  ofKind(kind: string, group?: string): readonly InventoryObject[] {
    if (this.byKind === undefined) {
      this.byKind = new Map();
      for (const object of this.objects) {
        add(this.byKind, object.kind, object);
        add(this.byKind, `${object.group}/${object.kind}`, object);
      }
    }
    return this.byKind.get(group === undefined ? kind : `${group}/${kind}`) ?? [];
  }

  /** The objects that name this namespace as theirs. */
  inNamespace(namespace: string): readonly InventoryObject[] {
    this.byNamespace ??= groupBy(this.objects, (object) => object.namespace);
    return this.byNamespace.get(namespace) ?? [];
  }

  /** The first object of this kind, namespace and name. */
  find(kind: string, namespace: string | undefined, name: string): InventoryObject | undefined {
    if (this.byName === undefined) {
      this.byName = new Map();
      for (const object of this.objects) {
        const key = nameKey(object.kind, object.namespace, object.name);
        if (!this.byName.has(key)) this.byName.set(key, object);
      }
    }
    return this.byName.get(nameKey(kind, namespace, name));
  }

  /**
   * Where the deepest part of a path stands that the object has: the position of its key, or of a list's element. The
   * object's own beginning where it has no part of it; undefined for an object that came from no text.
   */
  locate(object: InventoryObject, path: Path): Position | undefined {
    const place = this.places.get(object);
    if (place === undefined) return undefined;
    const { source, extent } = place;
    return source.locate(extent, [...place.path, ...path]) ?? { line: object.origin.line, column: 1 };
  }
}

function nameKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}\n${namespace ?? ''}\n${name}`;
}

function groupBy<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key | undefined): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    if (key !== undefined) add(groups, key, value);
  }
  return groups;
}

function add<Key, Value>(groups: Map<Key, Value[]>, key: Key, value: Value): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}
