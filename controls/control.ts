import type { Inventory, InventoryObject, Json, JsonObject, Path } from '../inventory';
import type { Place } from './places';

/** How much it matters, the worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof severities)[number];

/** A Kubernetes minor version, such as `1.37`. */
export type Minor = `1.${number}`;

/** The named choices of controls; `baseline` and `restricted` are exactly the Pod Security Standards. */
export const profiles = ['baseline', 'restricted', 'hardened'] as const;
export type Profile = (typeof profiles)[number];

/** Where a control comes from, or what else asks for it. */
export interface References {
  /** The check of Kubernetes' Pod Security Admission that this control is (a part of). */
  readonly pss?: string;
  /** Sections of the CIS Kubernetes Benchmark 1.12. */
  readonly cis?: readonly string[];
  /** Sections of the NSA/CISA Kubernetes Hardening Guidance 1.2. */
  readonly nsa?: readonly string[];
  /** MITRE ATT&CK technique ids that the control hinders. */
  readonly attack?: readonly string[];
  /** Pages that say more. */
  readonly urls?: readonly string[];
}

/**
 * One change that makes an element satisfy its clause. Paths are relative to the element of the clause, dotted.
 *
 * - `set` writes `to` at the path, making the objects on the way where they are absent;
 * - `remove` deletes the field;
 * - `filter` keeps only those items of the list for which the CEL expression `keep` (over `item`) holds.
 */
export type Fix =
  | { readonly set: string; readonly to: Json }
  | { readonly remove: string }
  | { readonly filter: string; readonly keep: string };

/** One thing that must hold for every element at a place. */
export interface Clause {
  /** The elements this is about: the pod, each container, each volume, … */
  readonly each: Place;
  /** CEL that must be true; sees `object`, `variables` and the element under its place's name. */
  readonly holds: string;
  /** The offending field, relative to the element, dotted. */
  readonly field: string;
  /** What the field should be, to end the sentence "… must ". */
  readonly must: string;
  /** What makes `holds` true; absent where only a person can decide. Applied in order. */
  readonly fix?: readonly Fix[];
}

/** What must hold from a Kubernetes minor on, until a later revision of the same control begins. */
export interface Revision {
  readonly since: Minor;
  readonly assert: readonly Clause[];
}

/** Kinds whose objects a control is about, as the API server names them. */
export interface Kinds {
  readonly group: string;
  readonly versions: readonly string[];
  /** kind → plural resource name. */
  readonly resources: Readonly<Record<string, string>>;
}

interface About {
  /** Short kebab-case sentence of what must hold; also the file's name. */
  readonly id: string;
  /** One line, as a heading. */
  readonly title: string;
  /** What an attacker gains, or what breaks, where it does not hold. */
  readonly why: string;
  readonly severity: Severity;
  readonly references: References;
  /** The profiles that contain it. */
  readonly profiles: readonly Profile[];
  /** What may stop working once the fix is applied; absent where nothing that behaves does. */
  readonly caution?: string;
}

/** A control that one object can answer: the same CEL text at every gate. */
export interface ObjectControl extends About {
  /** `pods`: every object that holds a pod spec; otherwise the kinds named. */
  readonly about: 'pods' | Kinds;
  /** In the order of `since`; appended to, never edited. */
  readonly revisions: readonly [Revision, ...Revision[]];
  /** A weaker control that is left out where this one is chosen too, from this one's first revision on. */
  readonly overrides?: string;
  /** Documentation and first tests at once. For `pods`, pod specs (or whole manifests); otherwise whole manifests. YAML. */
  readonly examples: { readonly good: readonly string[]; readonly bad: readonly string[] };
}

/** What an inventory control found wrong. */
export interface Violation {
  readonly object: InventoryObject;
  readonly path: Path;
  readonly found: unknown;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A control that only the whole inventory can answer. */
export interface InventoryControl extends About {
  readonly about: 'inventory';
  check(inventory: Inventory): Iterable<Violation>;
  /** Whole inventories, as multi-document YAML. */
  readonly examples: { readonly good: readonly string[]; readonly bad: readonly string[] };
}

export type Control = ObjectControl | InventoryControl;

/**
 * Defines a control. Each file of the catalogue exports one, named `control`; adding the file is all it takes.
 */
export function defineControl<C extends Control>(control: C): C {
  return control;
}

/** The number after the dot: minors compare by it. */
export function minorOf(version: Minor): number {
  return Number(version.slice(2));
}

/** What the control demands in this Kubernetes minor; `undefined` before its first revision. */
export function revisionFor(control: ObjectControl, kubernetes: Minor): Revision | undefined {
  return control.revisions.findLast((revision) => minorOf(revision.since) <= minorOf(kubernetes));
}

export type { Json, JsonObject, Path };
