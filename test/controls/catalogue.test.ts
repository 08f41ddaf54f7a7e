import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, compileControl, evaluate, latestKubernetes, minorOf, subjectOf } from '../../controls';
import { type JsonObject, loadText } from '../../inventory';
import { workloads } from '../support/workloads';

const files = readdirSync(join(__dirname, '../../controls/catalogue')).map((file) => file.replace(/\.ts$/, ''));
const controls = catalogue();

test('every file of the catalogue is one control of that name', () => {
  expect(controls.map(({ id }) => id).sort()).toEqual(files.sort());
});

test('a control is in every profile of the stronger one that overrides it', () => {
  const overriding = controls.filter((control) => control.about !== 'inventory' && control.overrides !== undefined);
  expect(overriding).not.toEqual([]);
  for (const control of overriding) {
    const weaker = controls.find(({ id }) => id === ('overrides' in control ? control.overrides : undefined));
    expect(weaker?.profiles).toEqual(expect.arrayContaining([...control.profiles]));
  }
});

describe.each(controls.map((control) => [control.id, control] as const))('%s', (_, control) => {
  test('says what, why and where it comes from', () => {
    const { id, title, why, profiles, references } = control;
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(why).toMatch(/^[A-Za-z].*\.$/);
    expect(profiles).not.toEqual([]);
    expect(Object.values(references).flat()).not.toEqual([]);
    for (const technique of references.attack ?? []) expect(technique).toMatch(/^T\d{4}(\.\d{3})?$/);
    for (const section of references.cis ?? []) expect(section).toMatch(/^5(\.\d+){2}$/);
  });

  test('is described by good and bad examples', () => {
    expect(control.examples.good).not.toEqual([]);
    expect(control.examples.bad).not.toEqual([]);
  });

  test.each(control.examples.good)('holds for good example %#', (example) => {
    expect(verdictsOn(example)).toEqual([]);
  });

  test.each(control.examples.bad)('fails for bad example %#', (example) => {
    for (const verdicts of asManifests(example).map(judge)) expect(verdicts).toContain('fails');
    expect(verdictsOn(example).filter((verdict) => verdict !== 'fails')).toEqual([]);
  });

  if (control.about === 'inventory') return;

  test('has revisions in the order of their versions', () => {
    const minors = control.revisions.map(({ since }) => minorOf(since));
    expect(minors).toEqual([...new Set(minors)].sort((a, b) => a - b));
  });

  test('says what may break where it has a fix', () => {
    const fixes = control.revisions.flatMap(({ assert }) => assert.flatMap(({ fix }) => fix ?? []));
    expect(control.caution !== undefined).toBe(fixes.length > 0);
  });

  function verdictsOn(example: string): string[] {
    return asManifests(example).flatMap(judge);
  }

  function judge(manifest: string): string[] {
    const inventory = loadText(manifest, 'example.yaml');
    expect(inventory.problems).toEqual([]);
    if (control.about === 'inventory') return [...control.check(inventory)].map(() => 'fails');
    const compiled = compileControl(control, latestKubernetes);
    if (compiled === undefined) throw new Error(`${control.id} demands nothing in Kubernetes ${latestKubernetes}`);
    const { about } = control;
    return inventory.objects
      .flatMap(({ value, kind, pods }) => {
        if (about === 'pods') return pods.map((pod) => subjectOf(value, pod));
        return kind in about.resources ? [subjectOf(value)] : [];
      })
      .flatMap((subject) => evaluate(compiled, subject))
      .map(({ verdict }) => verdict);
  }
});

/** A whole manifest as it is, a pod spec as the pod of each workload. */
function asManifests(example: string): string[] {
  if (/^\s*apiVersion:/.test(example)) return [example];
  const pod = loadText(`apiVersion: v1\nkind: Pod\nspec:\n  ${example}`, 'example.yaml').objects[0]?.value;
  if (typeof pod?.spec !== 'object' || pod.spec === null || Array.isArray(pod.spec)) {
    throw new Error(`the example is no pod spec: ${example}`);
  }
  const spec = pod.spec as JsonObject;
  return Object.values(workloads).map((wrap) => JSON.stringify(wrap({ spec })));
}
