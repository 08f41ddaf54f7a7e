import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  type CompiledControl,
  evaluate,
  latestKubernetes,
  type Minor,
  type Profile,
  select,
  subjectOf,
} from '../../controls';
import type { Subject } from '../../controls/evaluate';
import { type JsonObject, loadText, podLocation } from '../../inventory';
import { podTemplates } from '../support/pods';
import { workloads } from '../support/workloads';
import { moduleFolder } from './support/go-modules';
import { ask } from './support/oracle';

const levels = ['baseline', 'restricted'] as const satisfies Profile[];
type Level = (typeof levels)[number];

interface Question {
  readonly level: Level;
  readonly version: `v${Minor}`;
  readonly pod: JsonObject;
}

/** What Pod Security Admission says: in all, and by check. */
interface Answer {
  readonly allowed: boolean;
  /** By id: those of the level and version alone. */
  readonly checks: Readonly<Record<string, boolean>>;
}

const minors = Array.from({ length: 38 }, (_, minor): Minor => `1.${minor}`);
test('every check of Pod Security Admission is a control, in each level and version', () => {
  const pod = workloads.Pod({ spec: { containers: [{ name: 'app', image: 'app' }] } });
  const questions = minors.flatMap((minor) => levels.map((level): Question => ({ level, version: `v${minor}`, pod })));
  const answers = ask<Answer>('psa', questions);
  expect(questions.map(({ level, version }) => standard(level, version).checks)).toEqual(
    answers.map(({ checks }) => Object.keys(checks).sort()),
  );
});

test('the verdicts are those of Pod Security Admission on all of its fixtures', () => {
  const fixtures = readFixtures();
  expect(fixtures).toHaveLength(4537);
  const answers = ask<Answer>('psa', fixtures);
  expect(disagreements(fixtures, answers)).toEqual([]);
  fixtures.forEach(({ expected }, index) => {
    expect(answers[index]?.allowed).toBe(expected);
  });
});

test('the verdicts are those of Pod Security Admission on 24,000 generated pods', () => {
  const pods = [true, false].flatMap((valid) => fc.sample(podTemplates({ valid }), { numRuns: 12_000, seed: 37 }));
  const said = { pods: { true: 0, false: 0 } } as Record<string, Record<`${boolean}`, number>>;
  const count = (what: string, allowed: boolean) => {
    said[what] ??= { true: 0, false: 0 };
    said[what][`${allowed}`]++;
  };
  while (pods.length > 0) {
    const questions = pods.splice(0, 2_000).flatMap((template, index): Question[] => {
      const pod = asAdmissionSees(workloads.Pod(template));
      // Each pod against the newest version, and against three others in turn.
      const others = [0, 12, 25].map((step) => minors[(index + step) % minors.length] ?? latestKubernetes);
      return [latestKubernetes, ...others].flatMap((minor) =>
        levels.map((level): Question => ({ level, version: `v${minor}`, pod })),
      );
    });
    const answers = ask<Answer>('psa', questions);
    expect(disagreements(questions, answers)).toEqual([]);
    for (const { allowed, checks } of answers) {
      count('pods', allowed);
      for (const [check, result] of Object.entries(checks)) count(check, result);
    }
  }
  // Agreement means little where one side of it is rare.
  expect(Object.entries(said).filter(([, answers]) => Math.min(answers.true, answers.false) < 2_000)).toEqual([]);
});

/** Verdicts that differ, the first few of them. */
function disagreements(questions: readonly Question[], answers: readonly Answer[]): unknown[] {
  const found: unknown[] = [];
  questions.forEach((question, index) => {
    const answer = answers[index];
    const ours = judge(question);
    if (!isDeepStrictEqual(ours, answer)) found.push({ question, ours, theirs: answer });
  });
  return found.slice(0, 3);
}

function judge({ level, version, pod }: Question): unknown {
  const { controls, checks } = standard(level, version);
  const answers = Object.fromEntries(checks.map((check) => [check, true]));
  for (const compiled of controls) {
    const outcomes = evaluate(compiled, asSubject(pod));
    const odd = outcomes.find(({ verdict }) => verdict !== 'fails');
    if (odd !== undefined) return { odd: odd.verdict, control: compiled.control.id, error: odd.error };
    if (outcomes.length > 0) answers[String(compiled.control.references.pss)] = false;
  }
  return { allowed: Object.values(answers).every(Boolean), checks: answers };
}

interface Standard {
  readonly controls: readonly CompiledControl[];
  /** The ids of the checks that the controls stand for. */
  readonly checks: readonly string[];
}

const standards = new Map<string, Standard>();

function standard(level: Level, version: Question['version']): Standard {
  const key = `${level}@${version}`;
  let known = standards.get(key);
  if (known === undefined) {
    const controls = select(level, version.slice(1) as Minor).objectControls;
    known = { controls, checks: [...new Set(controls.map(({ control }) => String(control.references.pss)))].sort() };
    standards.set(key, known);
  }
  return known;
}

const subjects = new WeakMap<JsonObject, Subject>();

function asSubject(pod: JsonObject): Subject {
  let known = subjects.get(pod);
  if (known === undefined) {
    known = subjectOf(pod, podLocation('v1', 'Pod', pod));
    subjects.set(pod, known);
  }
  return known;
}

/** The pod with the API server's defaults, which Pod Security Admission relies on. */
function asAdmissionSees(pod: JsonObject): JsonObject {
  return asSubject(pod).value;
}

/** The pods of the module's own tests: `testdata/<level>/v<minor>/<pass|fail>/<check>.yaml`. */
function readFixtures(): (Question & { readonly expected: boolean })[] {
  const root = join(moduleFolder('k8s.io/pod-security-admission@v0.37.1'), 'test', 'testdata');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const [level, version, expected] = file.split('/') as [Level, Question['version'], string];
      const pod = loadText(readFileSync(join(root, file), 'utf8'), file).objects[0]?.value;
      if (pod === undefined) throw new Error(`${file} holds no pod`);
      return { level, version, pod: asAdmissionSees(pod), expected: expected === 'pass' };
    });
}
