import type { Json, JsonObject, Path, PodLocation } from '../inventory';
import { groupOf, valueAt } from '../inventory';
import type { ObjectControl } from './control';
import {
  type CompiledControl,
  type CompiledFix,
  evaluateClause,
  type Outcome,
  type Subject,
  setIn,
  subjectOf,
} from './evaluate';

/** One field that a fix wrote, or removed where `to` is `undefined`. */
export interface Change {
  readonly control: string;
  readonly path: Path;
  readonly from: unknown;
  readonly to: Json | undefined;
}

export interface Fixed {
  /** The object after all fixes; the very same where there was nothing to fix. */
  readonly value: JsonObject;
  readonly changes: readonly Change[];
}

/**
 * Makes the controls hold for an object, as far as their fixes go. Touches only the fields that a failing clause
 * names; what cannot be fixed stays as it is, for the evaluation to report.
 */
export function fix(value: JsonObject, pods: readonly PodLocation[], controls: Iterable<CompiledControl>): Fixed {
  const changes: Change[] = [];
  const list = [...controls];
  let current = fixSubject(
    value,
    undefined,
    list.filter(({ control }) => isAboutKind(control, value)),
    changes,
  );
  const aboutPods = list.filter(({ control }) => control.about === 'pods');
  for (const pod of pods) current = fixSubject(current, pod, aboutPods, changes);
  return { value: current, changes };
}

function fixSubject(
  value: JsonObject,
  pod: PodLocation | undefined,
  controls: readonly CompiledControl[],
  changes: Change[],
): JsonObject {
  let current = value;
  let subject = subjectOf(current, pod);
  for (const { control, clauses } of controls) {
    for (const clause of clauses) {
      if (clause.fixes.length === 0) continue;
      const outcomes: Outcome[] = [];
      evaluateClause(clause, subject, outcomes);
      const before = current;
      for (const outcome of outcomes) {
        if (outcome.verdict !== 'fails') continue;
        for (const step of clause.fixes) {
          const path = [...outcome.element, ...step.path];
          const from = valueAt(current, path);
          const to = wanted(step, from, subject);
          if (from === to) continue;
          current = setIn(current, path, to);
          changes.push({ control: control.id, path, from, to });
        }
      }
      if (current !== before) subject = subjectOf(current, pod);
    }
  }
  return current;
}

function isAboutKind({ about }: ObjectControl, { apiVersion, kind }: JsonObject): boolean {
  if (about === 'pods' || typeof kind !== 'string' || typeof apiVersion !== 'string') return false;
  return Object.hasOwn(about.resources, kind) && about.group === groupOf(apiVersion);
}

function wanted({ fix, keep }: CompiledFix, from: unknown, subject: Subject): Json | undefined {
  if ('set' in fix) return fix.to;
  if ('remove' in fix || keep === undefined || !Array.isArray(from)) return undefined;
  return from.filter((item) => keep({ ...subject.activation, item }) === true) as Json;
}
