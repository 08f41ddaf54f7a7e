import fc from 'fast-check';
import {
  catalogue,
  compileControl,
  defineControl,
  evaluate,
  type Minor,
  type Profile,
  select,
  subjectOf,
} from '../../controls';
import { UNKNOWN } from '../../controls/cel';
import { setIn, splitPath } from '../../controls/evaluate';
import { container, object, pod, podAnnotation, port } from '../../controls/places';
import { formatPath, type JsonObject, podLocation } from '../../inventory';
import { workloads } from '../support/workloads';

const app = { name: 'app', image: 'app' };

describe('a subject', () => {
  test('is the object itself where there is nothing to prepare', () => {
    const value = workloads.Pod({ spec: { containers: [app], volumes: [{ name: 'a', emptyDir: {} }] } });
    expect(subject(value).value).toBe(value);
  });

  test('has no null fields, as after decoding', () => {
    const value = workloads.Pod({ spec: { containers: [{ ...app, securityContext: null }], hostPID: null } });
    expect(subject(value).value.spec).toEqual({ containers: [app] });
  });

  test('of a pod on the host’s network has every port on the host', () => {
    const spec = (...hostPorts: (number | undefined)[]) => {
      const ports = hostPorts.map((hostPort) => ({ containerPort: 80, ...(hostPort !== undefined && { hostPort }) }));
      return { hostNetwork: true, containers: [{ ...app, ports }], initContainers: [{ ...app, ports }] };
    };
    const written = { spec: spec(undefined, 0, 80) };
    expect(subject(workloads.Pod(written)).value).toEqual(workloads.Pod({ spec: spec(80, 80, 80) }));
    expect(subject(workloads.Deployment(written)).value).toEqual(workloads.Deployment(written));
  });

  test('has an emptyDir where a volume names no type', () => {
    const volumes = [{ name: 'a' }, { name: 'b', emptyDir: null }, { name: 'c', secret: { secretName: 'c' } }];
    const value = workloads.Pod({ spec: { containers: [app], volumes } });
    expect(subject(value).value.spec).toEqual({
      containers: [app],
      volumes: [{ name: 'a', emptyDir: {} }, { name: 'b', emptyDir: {} }, volumes[2]],
    });
  });
});

describe('a verdict', () => {
  test('names the element that fails, in whichever list it is', () => {
    const privileged = { ...app, name: 'debugger', securityContext: { privileged: true } };
    const value = workloads.Deployment({ spec: { containers: [app], ephemeralContainers: [privileged] } });
    expect(verdicts('container.?securityContext.?privileged.orValue(false) == false', container, value)).toEqual([
      { verdict: 'fails', at: 'spec.template.spec.ephemeralContainers[0]', label: 'debugger' },
    ]);
  });

  test('names the key where a map’s entry fails', () => {
    const value = workloads.Pod({ metadata: { annotations: { 'a/b': 'x', c: 'y' } }, spec: { containers: [app] } });
    expect(verdicts('variables.metadata.annotations[annotation] == "y"', podAnnotation, value)).toEqual([
      { verdict: 'fails', at: 'metadata.annotations["a/b"]', label: 'a/b' },
    ]);
  });

  test.each([
    ['a text for a list', { containers: 'app' }, 'spec.containers'],
    ['a number for a list', { containers: 1 }, 'spec.containers'],
    ['a map for a list', { containers: { app } }, 'spec.containers'],
    ['null for an element', { containers: [null] }, 'spec.containers[0]'],
    ['a number for a truth', { containers: [{ ...app, securityContext: { privileged: 1 } }] }, 'spec.containers[0]'],
  ])('is an error, never silence, for %s', (_, spec, at) => {
    const value = workloads.Pod({ spec: spec as JsonObject });
    const found = verdicts('!container.?securityContext.?privileged.orValue(false)', container, value);
    expect(found.map(({ verdict, at }) => ({ verdict, at }))).toEqual([{ verdict: 'error', at }]);
  });

  test('is an error, never silence, for annotations that are no map', () => {
    const value = workloads.Pod({ metadata: { annotations: ['a'] }, spec: { containers: [app] } });
    expect(verdicts('annotation != ""', podAnnotation, value)).toMatchObject([
      { verdict: 'error', at: 'metadata.annotations' },
    ]);
  });

  test('is an error, never silence, for metadata that is no object', () => {
    const value = { apiVersion: 'v1', kind: 'Pod', metadata: 'none', spec: { containers: [app] } };
    expect(verdicts('annotation != ""', podAnnotation, value)).toMatchObject([{ verdict: 'error', at: 'metadata' }]);
  });

  test('is an error, never silence, for what lies in an element that is none', () => {
    const value = workloads.Pod({ spec: { containers: ['app'] } as never });
    expect(verdicts('port.containerPort != 80', port, value)).toMatchObject([
      { verdict: 'error', at: 'spec.containers[0]' },
    ]);
  });

  test('names no element by what is no name', () => {
    const value = workloads.Pod({ spec: { containers: [{ name: { toString: 1 }, image: 'app' }] } });
    expect(verdicts('false', container, value)).toEqual([
      { verdict: 'fails', at: 'spec.containers[0]', label: undefined },
    ]);
  });

  test('that hangs on a variable fails as the variable does', () => {
    const value = (os: unknown) => workloads.Pod({ spec: { containers: [app], os: os as JsonObject } });
    expect(verdicts('!variables.windows', pod, value('windows'))).toMatchObject([{ verdict: 'error' }]);
    expect(verdicts('!variables.windows', pod, value(UNKNOWN))).toMatchObject([{ verdict: 'unknown' }]);
    expect(verdicts('!variables.windows', pod, value({ name: 'linux' }))).toEqual([]);
  });

  test('is an error where the assertion is no boolean', () => {
    const value = workloads.Pod({ spec: { containers: [app] } });
    expect(verdicts('variables.pod.containers.size()', pod, value)).toMatchObject([{ verdict: 'error' }]);
  });

  test('is unknown where it hangs on a value that is not known yet', () => {
    const value = workloads.Pod({ spec: { containers: [app], hostPID: UNKNOWN as never } });
    expect(verdicts('!pod.?hostPID.orValue(false)', pod, value)).toMatchObject([{ verdict: 'unknown' }]);
    expect(verdicts('pod.?hostPID.orValue(false) || true', pod, value)).toEqual([]);
  });

  test('on an object that holds no pod needs none', () => {
    const value = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' }, spec: { type: 'NodePort' } };
    expect(verdicts('object.spec.type == "ClusterIP"', object, value)).toMatchObject([{ verdict: 'fails', at: '' }]);
  });
});

describe('a path', () => {
  test('is read as it is written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (path) => {
        expect(splitPath(formatPath(path))).toEqual(path);
      }),
    );
  });

  test('is set with what is missing on the way, and all else shared', () => {
    const value = { a: { b: 1 }, c: { d: 2 } };
    const set = setIn<JsonObject>(value, ['a', 'x', 'y'], true);
    expect(set).toEqual({ a: { b: 1, x: { y: true } }, c: { d: 2 } });
    expect(set.c).toBe(value.c);
    expect(value).toEqual({ a: { b: 1 }, c: { d: 2 } });
  });

  test('is not set through a value that has no fields', () => {
    expect(() => setIn<JsonObject>({ a: 'text' }, ['a', 'b'], true)).toThrow(
      new RangeError('cannot set a field of a string'),
    );
    expect(() => setIn<JsonObject>({ a: [] }, ['a', 'b'], true)).toThrow(
      new RangeError('cannot set a field of a list'),
    );
  });

  test('__proto__ is a field like any other', () => {
    const set = setIn<JsonObject>({}, ['__proto__', 'polluted'], true);
    expect(Object.keys(set)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a selection', () => {
  test('knows when a control begins', () => {
    const ids = (kubernetes: Minor) => chosen('restricted', kubernetes);
    expect(ids('1.7')).not.toContain('no-privilege-escalation');
    expect(ids('1.8')).toContain('no-privilege-escalation');
  });

  test.each([
    ['no-host-path', 'restrict-volume-types', '1.0'],
    ['no-unconfined-seccomp', 'seccomp-profile', '1.19'],
    ['limit-added-capabilities', 'drop-all-capabilities', '1.22'],
    ['no-unmasked-proc', 'default-proc-mount', '1.35'],
  ] as const)('has %s until %s takes its place in %s', (weaker, stronger, since) => {
    const before: Minor = `1.${Number(since.slice(2)) - 1}`;
    if (since !== '1.0') expect(chosen('restricted', before)).toContain(weaker);
    if (since !== '1.0') expect(chosen('restricted', before)).not.toContain(stronger);
    expect(chosen('restricted', since)).toContain(stronger);
    expect(chosen('restricted', since)).not.toContain(weaker);
    expect(chosen('baseline', since)).toContain(weaker);
  });

  test('of hardened has all that restricted has', () => {
    expect(chosen('hardened', '1.37')).toEqual(expect.arrayContaining(chosen('restricted', '1.37')));
  });

  test('has no control twice', () => {
    expect(new Set(catalogue().map(({ id }) => id)).size).toBe(catalogue().length);
  });
});

function subject(value: JsonObject) {
  return subjectOf(value, podLocation(String(value.apiVersion), String(value.kind), value));
}

/** What one assertion says of an object. */
function verdicts(holds: string, each: typeof pod, value: JsonObject) {
  const control = defineControl({
    id: 'test',
    title: 'Test',
    why: 'Test.',
    severity: 'low',
    about: 'pods',
    profiles: ['hardened'],
    references: {},
    revisions: [{ since: '1.0', assert: [{ each, holds, field: 'x', must: 'hold' }] }],
    examples: { good: [], bad: [] },
  });
  const compiled = compileControl(control, '1.0');
  if (compiled === undefined) throw new Error('the control demands nothing');
  return evaluate(compiled, subject(value)).map(({ verdict, element, label }) => ({
    verdict,
    at: formatPath(element),
    label,
  }));
}

function chosen(profile: Profile, kubernetes: Minor): string[] {
  return select(profile, kubernetes).objectControls.map(({ control }) => control.id);
}
