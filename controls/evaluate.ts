import type { JsonObject, Path, PodLocation } from '../inventory';
import { formatPath, valueAt } from '../inventory';
import { CelError, compile, type Program } from './cel';
import type { Clause, Fix, Json, Minor, ObjectControl } from './control';
import { revisionFor } from './control';
import type { Place } from './places';
import { podVariables } from './variables';

/** Whether a clause holds: an unknown value or an error never counts as either. */
export type Verdict = 'holds' | 'fails' | 'unknown' | 'error';

/** An object as the API server would see it, and the pod in it that is asked about. */
export interface Subject {
  readonly value: JsonObject;
  readonly pod?: PodLocation;
  readonly activation: Record<string, unknown>;
}

/** What a clause said of one element. */
export interface Outcome {
  readonly clause: CompiledClause;
  readonly verdict: Exclude<Verdict, 'holds'>;
  /** From the object to the element. */
  readonly element: Path;
  /** The element's name for a person, such as a container's name. */
  readonly label: string | undefined;
  /** Why it could not be evaluated. */
  readonly error?: string;
  /** The element itself is not what it must be: no assertion was asked. */
  readonly malformed?: true;
}

export interface CompiledFix {
  readonly fix: Fix;
  readonly path: Path;
  readonly keep?: Program;
}

export interface CompiledClause {
  readonly clause: Clause;
  readonly field: Path;
  readonly fixes: readonly CompiledFix[];
  readonly holds: Program;
  readonly walk: Walk;
}

/** A control made ready for one Kubernetes minor. */
export interface CompiledControl {
  readonly control: ObjectControl;
  readonly clauses: readonly CompiledClause[];
}

/** `malformed` says what is wrong with an element that no assertion can be asked about. */
type Visit = (element: unknown, path: Path, malformed?: string) => void;
type Walk = (subject: Subject, visit: Visit) => void;

const variablePrograms = Object.entries(podVariables).map(
  ([name, source]) => [name, compile(source, { variables: ['object', 'variables'], typed: true })] as const,
);

/**
 * Prepares an object for evaluation: as the API server does before admission sees an object, nulls are dropped,
 * hostNetwork's ports are written out and a volume without a type becomes an emptyDir.
 */
export function subjectOf(value: JsonObject, pod?: PodLocation): Subject {
  let seen = withoutNulls(value);
  if (pod !== undefined) seen = withEmptyDirs(withHostPorts(seen, pod), pod);
  const activation: Record<string, unknown> = { object: seen };
  if (pod !== undefined) {
    const variables: Record<string, unknown> = {
      pod: valueAt(seen, pod.spec) ?? {},
      metadata: valueAt(seen, pod.metadata) ?? {},
    };
    activation.variables = variables;
    for (const [name, program] of variablePrograms) {
      try {
        variables[name] = program(activation);
      } catch (error) {
        // Whoever uses it fails as it did: an error, or not known yet.
        const get = () => {
          throw error;
        };
        Object.defineProperty(variables, name, { get });
      }
    }
  }
  return pod === undefined ? { value: seen, activation } : { value: seen, pod, activation };
}

/** Compiles what `control` demands in `kubernetes`; `undefined` where it demands nothing yet. */
export function compileControl(control: ObjectControl, kubernetes: Minor): CompiledControl | undefined {
  const revision = revisionFor(control, kubernetes);
  if (revision === undefined) return undefined;
  return { control, clauses: revision.assert.map((clause) => compileClause(clause)) };
}

function compileClause(clause: Clause): CompiledClause {
  const variables = ['object', 'variables', ...namesOf(clause.each)];
  return {
    clause,
    field: splitPath(clause.field),
    holds: compile(clause.holds, { variables, typed: true }),
    walk: walkOf(clause.each),
    fixes: (clause.fix ?? []).map((fix) => ({
      fix,
      path: splitPath('set' in fix ? fix.set : 'remove' in fix ? fix.remove : fix.filter),
      ...('keep' in fix && { keep: compile(fix.keep, { variables: ['object', 'variables', 'item'] }) }),
    })),
  };
}

/** Evaluates every clause for every element; what holds is not reported, and a malformed element once. */
export function evaluate(compiled: CompiledControl, subject: Subject): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const clause of compiled.clauses) evaluateClause(clause, subject, outcomes);
  if (!outcomes.some(({ malformed }) => malformed)) return outcomes;
  const seen = new Set<string>();
  return outcomes.filter(({ malformed, element }) => {
    if (malformed === undefined) return true;
    const at = formatPath(element);
    return !seen.has(at) && seen.add(at);
  });
}

/** Evaluates one clause, adding what does not hold to `outcomes`. */
export function evaluateClause(compiled: CompiledClause, subject: Subject, outcomes: Outcome[]): void {
  const { holds, clause, walk } = compiled;
  walk(subject, (element, path, malformed) => {
    const record = (verdict: Outcome['verdict'], error?: string) =>
      outcomes.push({
        ...(malformed !== undefined && { malformed: true }),
        clause: compiled,
        verdict,
        element: path,
        label: labelOf(clause.each, element),
        ...(error !== undefined && { error }),
      });
    if (malformed !== undefined) {
      record('error', malformed);
      return;
    }
    try {
      const result = holds(subject.activation);
      if (result === true) return;
      if (result === false) record('fails');
      else record('error', `the assertion is not a boolean but ${typeof result}`);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      record(error.unknown ? 'unknown' : 'error', error.message);
    }
  });
}

/** The elements' names that an expression at `place` sees, outermost first. */
export function namesOf(place: Place): string[] {
  return typeof place.from === 'string' ? [place.as] : [...namesOf(place.from), place.as];
}

function walkOf(place: Place): Walk {
  const start: Walk = typeof place.from === 'string' ? rootWalk(place.from) : walkOf(place.from);
  const lists = place.lists?.map(splitPath);
  return (subject, visit) =>
    start(subject, (parent, path, malformed) => {
      const { activation } = subject;
      if (malformed !== undefined) {
        visit(parent, path, malformed);
        return;
      }
      if (lists === undefined) {
        activation[place.as] = parent;
        visit(parent, path);
        return;
      }
      for (const list of lists) {
        const elements = valueAt(parent, list);
        if (elements === undefined) continue;
        const at = [...path, ...list];
        const enter = (element: unknown, step: string | number, expected: boolean) => {
          activation[place.as] = element;
          const where = [...at, step];
          visit(element, where, expected ? undefined : `${formatPath(where)} must be an object`);
        };
        if (place.keys === true && isObject(elements)) {
          for (const key of Object.keys(elements)) enter(key, key, true);
        } else if (place.keys !== true && Array.isArray(elements)) {
          for (let index = 0; index < elements.length; index++) {
            enter(elements[index], index, isObject(elements[index]));
          }
        } else {
          visit(elements, at, `${formatPath(at)} must be ${place.keys === true ? 'an object' : 'a list of objects'}`);
        }
      }
    });
}

function rootWalk(root: 'pod' | 'metadata' | 'object'): Walk {
  return (subject, visit) => {
    if (root === 'object') visit(subject.value, []);
    else if (subject.pod !== undefined) {
      const path = root === 'pod' ? subject.pod.spec : subject.pod.metadata;
      const value = valueAt(subject.value, path) ?? {};
      visit(value, path, isObject(value) ? undefined : `${formatPath(path)} must be an object`);
    }
  };
}

function labelOf(place: Place, element: unknown): string | undefined {
  if (place.keys === true) return typeof element === 'string' ? element : undefined;
  if (place.label === undefined || !isObject(element)) return undefined;
  const label = element.name ?? element.containerPort;
  return typeof label === 'string' || typeof label === 'number' ? String(label) : undefined;
}

/** Reads a path of object fields as formatPath writes it: `spec.type`, `metadata.labels["app.kubernetes.io/name"]`. */
export function splitPath(text: string): Path {
  return [...text.matchAll(/\[("(?:[^"\\]|\\.)*")\]|[^.[]+/g)].map(([step, quoted]) =>
    quoted === undefined ? step : (JSON.parse(quoted) as string),
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value without null fields, as a typed decoder leaves it; the same value where there are none. */
function withoutNulls<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let copy: Json[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const item = withoutNulls(value[index] as Json);
      if (item !== value[index]) {
        copy ??= [...value];
        copy[index] = item;
      }
    }
    return (copy ?? value) as T;
  }
  let copy: Record<string, Json> | undefined;
  for (const key of Object.keys(value)) {
    const old = (value as JsonObject)[key] as Json;
    const field = withoutNulls(old);
    if (field === old && field !== null) continue;
    copy ??= { ...(value as JsonObject) };
    if (field === null) delete copy[key];
    else copy[key] = field;
  }
  return (copy ?? value) as T;
}

/**
 * With hostNetwork, a container's ports are the host's: the API server writes them out before admission, in pods but
 * (since 1.28) not in the templates of pods.
 */
function withHostPorts(value: JsonObject, pod: PodLocation): JsonObject {
  const spec = valueAt(value, pod.spec);
  if (value.kind !== 'Pod' || !isObject(spec) || spec.hostNetwork !== true) return value;
  let result = value;
  for (const list of ['initContainers', 'containers']) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    containers.forEach((container, c) => {
      const ports = isObject(container) ? container.ports : undefined;
      if (!Array.isArray(ports)) return;
      ports.forEach((port, p) => {
        if (isObject(port) && !port.hostPort && port.containerPort !== undefined) {
          result = setIn(result, [...pod.spec, list, c, 'ports', p, 'hostPort'], port.containerPort as Json);
        }
      });
    });
  }
  return result;
}

/** A volume that names no type is an emptyDir; `emptyDir:` with nothing behind it is common in manifests. */
function withEmptyDirs(value: JsonObject, pod: PodLocation): JsonObject {
  const volumes = valueAt(value, [...pod.spec, 'volumes']);
  if (!Array.isArray(volumes)) return value;
  let result = value;
  volumes.forEach((volume, index) => {
    if (!isObject(volume) || Object.keys(volume).some((key) => key !== 'name')) return;
    result = setIn(result, [...pod.spec, 'volumes', index, 'emptyDir'], {});
  });
  return result;
}

/**
 * A copy of `value` with `path` set, sharing all that is not on the way; objects are made where there are none.
 *
 * @throws RangeError where the way leads through something that is not an object or a list item
 */
export function setIn<T extends Json>(value: T, path: Path, to: Json | undefined): T {
  const [step, ...rest] = path;
  if (step === undefined) return to as T;
  if (Array.isArray(value) && typeof step === 'number' && step < value.length) {
    const copy = [...value];
    copy[step] = setIn(copy[step] as Json, rest, to);
    return copy as unknown as T;
  }
  if (value !== undefined && value !== null && !isObject(value)) {
    throw new RangeError(`cannot set a field of ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`);
  }
  const parent = (value ?? {}) as JsonObject;
  if (rest.length === 0 && to === undefined) {
    const { [step]: _removed, ...others } = parent;
    return others as T;
  }
  const child = Object.hasOwn(parent, step) ? (parent[step] as Json) : ({} as JsonObject);
  return { ...parent, [step]: setIn(child, rest, to) } as unknown as T;
}
