import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type Change, fix, select } from '../controls';
import { setIn } from '../controls/evaluate';
import { type JsonObject, podLocations } from '../inventory';
import { exemptControls } from './exemptions';
import { kubernetesOf, profileOf } from './scope';

/** What becomes of a setting that somebody made, and that a control does not allow. */
export type Stated = 'replaced' | 'kept';

const scopes = new WeakMap<IConstruct, Stated>();

export function markHardened(scope: IConstruct, stated: Stated): void {
  scopes.set(scope, stated);
}

/** A rendered object after hardening; the very same where its construct is not hardened, or nothing is missing. */
export function hardened(object: ApiObject, value: JsonObject): JsonObject {
  const nearest = object.node.scopes.findLast((scope) => scopes.has(scope));
  if (nearest === undefined) return value;
  const { objectControls } = select(profileOf(object), kubernetesOf(object));
  const spared = exemptControls(object);
  const controls = objectControls.filter(({ control }) => !spared.has(control.id));
  const fixed = fix(value, podLocations(object.apiVersion, object.kind, value), controls);
  return scopes.get(nearest) === 'replaced' ? fixed.value : withAdditions(value, fixed.changes);
}

function withAdditions(value: JsonObject, changes: readonly Change[]): JsonObject {
  return changes.reduce(
    (result, { path, from, to }) => (from === undefined && to !== undefined ? setIn(result, path, to) : result),
    value,
  );
}
