import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type CompiledControl, catalogue, compileControl, evaluate, fix, select, subjectOf } from '../../controls';
import { formatPath, type JsonObject, loadText, type Path, podLocations } from '../../inventory';
import { podTemplates } from '../support/pods';
import { workloads } from '../support/workloads';

/** Every revision of every control, and those among them that can fix something. */
const revisions = catalogue().flatMap((control) =>
  control.about === 'inventory'
    ? []
    : control.revisions.map(({ since }) => compileControl(control, since)).filter((compiled) => compiled !== undefined),
);
const fixing = revisions.filter(({ clauses }) => clauses.some(({ fixes }) => fixes.length > 0));
const others = select('hardened').objectControls;

const workload = fc
  .tuple(fc.constantFrom(...Object.values(workloads)), podTemplates({ valid: false }))
  .map(([wrap, template]) => wrap(template));

const podControls = fixing.filter(({ control }) => control.about === 'pods');

describe.each(podControls.map((compiled) => [nameOf(compiled), compiled] as const))('%s, fixed', (_, compiled) => {
  // The API server gives every port of a pod on the host's network a hostPort: without that network they are gone.
  const subject =
    compiled.control.id === 'no-host-ports' ? workload.filter((value) => !isOnHostNetwork(value)) : workload;

  test('holds, and is not touched again', () => {
    fc.assert(
      fc.property(subject, (value) => {
        const fixed = apply(value, [compiled]);
        expect(failing(fixed.value, [compiled], 'fixable')).toEqual([]);
        expect(apply(fixed.value, [compiled])).toEqual({ value: fixed.value, changes: [] });
        if (failing(value, [compiled], 'fixable').length === 0) expect(fixed.value).toBe(value);
      }),
      { seed: 37, numRuns: 50 },
    );
  });

  test('differs by nothing but the fields of its clauses', () => {
    const fields = compiled.clauses.flatMap(({ fixes }) => fixes.map(({ path }) => formatPath(path)));
    fc.assert(
      fc.property(subject, (value) => {
        const { value: fixed, changes } = apply(value, [compiled]);
        for (const { path } of changes) {
          expect(fields.some((field) => formatPath(path).endsWith(`.${field}`))).toBe(true);
        }
        const named = changes.map(({ path }) => formatPath(path));
        expect(differences(value, fixed).filter((path) => !named.some((change) => path.startsWith(change)))).toEqual(
          [],
        );
      }),
      { seed: 37, numRuns: 50 },
    );
  });

  test('makes no other control fail', () => {
    fc.assert(
      fc.property(subject, (value) => {
        const before = failing(value, others);
        expect(failing(apply(value, [compiled]).value, others).filter((found) => !before.includes(found))).toEqual([]);
      }),
      { seed: 37, numRuns: 50 },
    );
  });
});

test('all controls of a profile, fixed, leave only what has no fix', () => {
  fc.assert(
    fc.property(workload, fc.constantFrom('baseline', 'restricted', 'hardened'), (value, profile) => {
      const controls = select(profile).objectControls;
      const fixed = apply(value, controls);
      expect(failing(fixed.value, controls, 'fixable')).toEqual([]);
      expect(apply(fixed.value, controls).changes).toEqual([]);
    }),
    { seed: 37, numRuns: 500 },
  );
});

const kindControls = fixing.filter(({ control }) => control.about !== 'pods');

test.each(kindControls.map((compiled) => [nameOf(compiled), compiled] as const))('%s, fixed, holds', (_, compiled) => {
  for (const { value } of compiled.control.examples.bad.flatMap((text) => loadText(text, 'bad.yaml').objects)) {
    expect(failing(apply(value, [compiled]).value, [compiled], 'fixable')).toEqual([]);
  }
  for (const { value } of compiled.control.examples.good.flatMap((text) => loadText(text, 'good.yaml').objects)) {
    expect(apply(value, [compiled]).value).toBe(value);
  }
});

test('a fix names each field it wrote, with what was there', () => {
  const pod = workloads.Pod({
    spec: {
      hostPID: true,
      containers: [{ name: 'app', image: 'app', securityContext: { capabilities: { add: ['CHOWN', 'SYS_ADMIN'] } } }],
    },
  });
  expect(apply(pod, select('baseline').objectControls).changes).toEqual([
    {
      control: 'limit-added-capabilities',
      path: ['spec', 'containers', 0, 'securityContext', 'capabilities', 'add'],
      from: ['CHOWN', 'SYS_ADMIN'],
      to: ['CHOWN'],
    },
    { control: 'no-host-pid', path: ['spec', 'hostPID'], from: true, to: false },
  ]);
});

test('a host port that only the host’s network gave is not there to be removed', () => {
  const ports = [{ containerPort: 8080 }];
  const pod = workloads.Pod({ spec: { hostNetwork: true, containers: [{ name: 'app', image: 'app', ports }] } });
  const hostPorts = others.filter(({ control }) => control.id === 'no-host-ports');
  expect(failing(pod, hostPorts)).toHaveLength(1);
  expect(apply(pod, hostPorts)).toEqual({ value: pod, changes: [] });
  expect(failing(apply(pod, others).value, hostPorts)).toEqual([]);
});

test('a label with dots in its name is one field', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  expect(apply(namespace, others).value).toEqual({
    ...namespace,
    metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  });
});

test('what cannot be evaluated is left as it is', () => {
  const pod = workloads.Pod({ spec: { hostPID: 'yes', containers: [{ name: 'app', securityContext: 'none' }] } });
  expect(apply(pod, select('baseline').objectControls).value).toBe(pod);
});

function nameOf({ control, clauses }: CompiledControl): string {
  const revision = control.revisions.find(({ assert }) => assert[0] === clauses[0]?.clause);
  return `${control.id} since ${revision?.since}`;
}

function apply(value: JsonObject, controls: readonly CompiledControl[]) {
  return fix(value, podLocations(String(value.apiVersion), String(value.kind), value), controls);
}

/** What fails where: of all clauses, or of those that have a fix. */
function failing(value: JsonObject, controls: readonly CompiledControl[], which?: 'fixable'): string[] {
  const pods = podLocations(String(value.apiVersion), String(value.kind), value);
  return controls.flatMap((compiled) => {
    const { control } = compiled;
    const subjects =
      control.about === 'pods'
        ? pods.map((pod) => subjectOf(value, pod))
        : Object.hasOwn(control.about.resources, String(value.kind))
          ? [subjectOf(value)]
          : [];
    return subjects
      .flatMap((subject) => evaluate(compiled, subject))
      .filter(({ verdict, clause }) => verdict === 'fails' && (which === undefined || clause.fixes.length > 0))
      .map(({ clause, element }) => `${control.id}: ${clause.clause.holds} at ${formatPath(element)}`);
  });
}

/** The paths at which two values differ, as deep as objects go; an object that is absent or null counts as empty. */
function differences(a: unknown, b: unknown, path: Path = []): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isMap(a ?? b) || !isMap(b ?? a)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return [formatPath(path)];
    return a.flatMap((item, index) => differences(item, b[index], [...path, index]));
  }
  const [left, right] = [a ?? {}, b ?? {}] as [JsonObject, JsonObject];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => differences(left[key], right[key], [...path, key]));
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOnHostNetwork(value: JsonObject): boolean {
  return podLocations(String(value.apiVersion), String(value.kind), value).some(
    (pod) => (subjectOf(value, pod).activation.variables as { pod: JsonObject }).pod.hostNetwork === true,
  );
}
