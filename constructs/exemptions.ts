import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type Control, controlById, type Exemption } from '../controls';
import type { RecordedExemption } from '../controls/record';
import { mayHoldPods } from '../inventory';
import { apiObjectsOf, identityOf, isAmong } from './objects';

/** An exemption before it is known which objects it is about. */
export type Grant = Pick<Exemption, 'control' | 'reason' | 'until'>;

const grants = new WeakMap<IConstruct, readonly Grant[]>();

export function grantsOf(construct: IConstruct): readonly Grant[] {
  return grants.get(construct) ?? [];
}

export function grant(construct: IConstruct, granted: Grant): void {
  grants.set(construct, [...grantsOf(construct), granted]);
}

/** The ids of the controls that the object or a scope around it is exempted from. */
export function exemptControls(object: ApiObject): ReadonlySet<string> {
  return new Set(object.node.scopes.flatMap((scope) => grantsOf(scope).map(({ control }) => control)));
}

/**
 * The exemptions made at or below `root`, one for each object that the control can be about: for a scan in process of
 * what the tree synthesizes. The nearest scope's reason counts.
 *
 * Charts for several clusters may hold objects of the same name, which a scan cannot tell apart: such an object is
 * exempted where all of them are.
 */
export function exemptionsOf(root: IConstruct): RecordedExemption[] {
  const objects = apiObjectsOf(root);
  const found = new Map<string, RecordedExemption>();
  for (const object of objects) {
    for (const scope of object.node.scopes.toReversed()) {
      for (const granted of grantsOf(scope)) {
        const exemption = exemptionFor(object, granted, scope.node.path);
        const key = keyOf(exemption);
        if (!found.has(key) && canBeAbout(controlById(granted.control), object)) found.set(key, exemption);
      }
    }
  }
  if (found.size > 0) {
    const controls = new Set([...found.values()].map(({ control }) => control));
    for (const object of objects) {
      const spared = exemptControls(object);
      for (const control of controls) {
        if (!spared.has(control)) found.delete(keyOf({ control, object: targetOf(object) }));
      }
    }
  }
  return [...found.values()];
}

function exemptionFor(object: ApiObject, { control, reason, until }: Grant, construct: string): RecordedExemption {
  return { control, object: targetOf(object), reason, until, construct };
}

function targetOf(object: ApiObject): Exemption['object'] {
  const { kind, namespace, name } = identityOf(object);
  return { kind, ...(namespace !== undefined && { namespace }), name };
}

/** What a scan finds exemptions by. */
function keyOf({ control, object: { kind, namespace, name } }: Pick<Exemption, 'control' | 'object'>): string {
  return JSON.stringify([control, kind, namespace, name]);
}

function canBeAbout(control: Control | undefined, object: ApiObject): boolean {
  if (control === undefined) return false;
  const { about } = control;
  if (about === 'inventory') return true;
  if (about === 'pods') return mayHoldPods(object.apiVersion, object.kind);
  return isAmong(about, object);
}
