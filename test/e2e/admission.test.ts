import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { type CompiledControl, fix, profiles, type Selection, scan, select, supportedKubernetes } from '../../controls';
import { type AdmissionOptions, admissionManifests } from '../../gates/admission';
import { groupOf, type Json, type JsonObject, loadText, podLocations, valueAt } from '../../inventory';
import { podTemplates } from '../support/pods';
import type { Answer, RequestOptions } from './support/api-client';
import { type ControlPlane, startControlPlane } from './support/control-plane';
import { eventually, inParallel, install, uninstall } from './support/policies';
import { typedPolicy } from './support/typed-policies';
import { workload, workloadKinds } from './support/workloads';

const count = Number(process.env.CASEMATE_OBJECTS ?? 2000);
const seed = Number(process.env.CASEMATE_SEED ?? 37);

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create'] }],
};

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({
    controllers: [
      'validatingadmissionpolicy-status-controller',
      'serviceaccount-controller',
      'deployment-controller',
      'replicaset-controller',
      'statefulset-controller',
      'job-controller',
    ],
    files: { 'audit-policy.yaml': JSON.stringify(auditPolicy) },
    apiServerFlags: ['--audit-policy-file={folder}/audit-policy.yaml', '--audit-log-path={folder}/audit.log'],
  });
  await makeNamespace('shop');
});
afterAll(() => plane?.stop());

async function create(object: JsonObject, options?: RequestOptions): Promise<JsonObject> {
  const answer = await plane.client.create(object, options);
  if (answer.status !== 201) throw new Error(`${object.kind}: ${answer.status} ${answer.body.message}`);
  return answer.body;
}

/** Runs with the policies of these controls installed, and with none of them afterwards. */
async function enforcing(selection: Selection, options: AdmissionOptions, work: () => Promise<void>): Promise<void> {
  const manifests = admissionManifests(selection, options);
  await install(plane.client, manifests);
  try {
    await work();
  } finally {
    await uninstall(plane.client, manifests);
  }
}

function only(ids: readonly string[] | ((control: CompiledControl) => boolean)): Selection {
  const wanted = typeof ids === 'function' ? ids : ({ control }: CompiledControl) => ids.includes(control.id);
  const selection = select('hardened');
  return { ...selection, objectControls: selection.objectControls.filter(wanted) };
}

/** Ids of the controls that do not hold for each object, in process. */
function judge(objects: readonly JsonObject[], selection: Selection): string[][] {
  const inventory = loadText(objects.map((object) => JSON.stringify(object)).join('\n---\n'), 'generated.yaml');
  if (inventory.objects.length !== objects.length) {
    throw new Error(`read ${inventory.objects.length} of ${objects.length}: ${inventory.problems[0]?.message}`);
  }
  const ids = new Set(selection.objectControls.map(({ control }) => control.id));
  const found = new Map(inventory.objects.map((object) => [object, new Set<string>()]));
  for (const { object, control } of scan(inventory, selection).findings) {
    if (ids.has(control)) found.get(object)?.add(control);
  }
  return [...found.values()].map((controls) => [...controls].sort());
}

/** Generated pods, each as one of the kinds that hold a pod. */
function generated(numRuns: number): JsonObject[] {
  return fc.sample(podTemplates({ valid: true }), { numRuns, seed }).map(({ metadata, spec }, index) => {
    const kind = workloadKinds[index % workloadKinds.length] ?? 'Pod';
    const { resources, ...rest } = spec;
    // Where a pod (but not a template) has limits as a whole, the API server adds up its containers' requests.
    const asWritten = kind === 'Pod' || resources === undefined ? rest : { ...rest, resources };
    return workload(kind, { ...(metadata && { metadata }), spec: asWritten });
  });
}

/** The examples of the controls, pods as each of the kinds that hold one. */
function examples(selection: Selection): JsonObject[] {
  return selection.objectControls
    .flatMap(({ control }) => [...control.examples.good, ...control.examples.bad])
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as JsonObject))
    .flatMap((value) => {
      if (value.apiVersion === undefined) return workloadKinds.map((kind) => workload(kind, { spec: value }));
      const metadata = value.metadata as JsonObject;
      // In process, an object without a namespace is in none yet; the API server has to be asked about one.
      if (value.kind !== 'Namespace') return [{ ...value, metadata: { namespace: 'shop', ...metadata } }];
      return [{ ...value, metadata: { ...metadata, name: `${metadata.name}-example` } }];
    });
}

describe('the API server takes the policies', () => {
  /** What the type checker says of each policy that it has looked at; undefined until then. */
  async function typeWarnings(manifests: readonly JsonObject[]): Promise<Record<string, unknown>> {
    const warnings: Record<string, unknown> = {};
    for (const manifest of manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')) {
      const { name } = manifest.metadata as { name: string };
      let checked: JsonObject = {};
      await eventually(`${name} is type checked`, async () => {
        const { status } = (await plane.client.get(`${policies}/${name}`)).body as {
          status?: { typeChecking?: JsonObject };
        };
        checked = status?.typeChecking ?? {};
        return status?.typeChecking !== undefined;
      });
      const found = checked.expressionWarnings;
      if (found !== undefined) warnings[name] = found;
    }
    return warnings;
  }

  test('of every profile in every minor, without a warning', async () => {
    const seen = new Set<string>();
    const manifests = supportedKubernetes
      .flatMap((kubernetes) =>
        profiles.flatMap((profile) =>
          admissionManifests(select(profile, kubernetes), { prefix: `${profile}-${kubernetes}-`.replace('.', '-') }),
        ),
      )
      .filter(
        ({ kind, spec }) =>
          !`${kind}`.endsWith('Binding') && !seen.has(JSON.stringify(spec)) && seen.add(JSON.stringify(spec)),
      );
    await install(plane.client, manifests);
    expect(await typeWarnings(manifests)).toEqual({});
    await uninstall(plane.client, manifests);
  });

  test('and finds every field that an assertion names in the schema of pods', async () => {
    const aboutPods = only(({ control }) => control.about === 'pods').objectControls;
    const manifests = aboutPods.map(typedPolicy);
    await install(plane.client, manifests);
    const said = JSON.stringify(await typeWarnings(manifests));
    const errors = [...said.matchAll(/ERROR: <input>:\d+:\d+: (.+?)\\n/g)].map(([, error]) => error);
    // Quantities are strings or numbers, which the type checker cannot express: it leaves out such fields.
    const quantities = ['limits', 'requests', 'sizeLimit'].map((field) => `undefined field '${field}'`);
    expect(errors.filter((error) => !quantities.includes(error ?? ''))).toEqual([]);
    await uninstall(plane.client, manifests);
  });

  test('and would say which field is not there', async () => {
    const [control] = only(['no-privilege-escalation']).objectControls;
    const manifest = JSON.parse(
      JSON.stringify(typedPolicy(control as CompiledControl)).replaceAll('allowPrivilegeEscalation', 'allowEscalation'),
    ) as JsonObject;
    await install(plane.client, [manifest]);
    expect(JSON.stringify(await typeWarnings([manifest]))).toContain("undefined field 'allowEscalation'");
    await uninstall(plane.client, [manifest]);
  });
});

test('the API server finds what casemate finds, in examples and in thousands of generated objects', async () => {
  const selection = select('hardened');
  const objects = [...examples(selection), ...generated(count)];
  await namespacesOf(objects);
  await enforcing(selection, { actions: ['Warn', 'Audit'], mutate: false }, async () => {
    const expected = judge(objects, selection);
    const answers = await dryRun(objects);
    const failures = await auditedFailures(answers);

    const admitted = objects.map((_, index) => index).filter((index) => answers[index]?.status === 201);
    const disagreements = admitted.flatMap((index) => {
      const { auditId, warnings } = answers[index] as Answer;
      const audited = failures.get(auditId) ?? [];
      // The Warning headers are cut where they get long; then they name fewer, never others.
      const warned = warnings.flatMap((text) => /ValidatingAdmissionPolicy 'casemate-([^']+)'/.exec(text)?.[1] ?? []);
      const same = audited.join() === expected[index]?.join() && warned.every((id) => audited.includes(id));
      return same ? [] : [{ object: objects[index], casemate: expected[index], audited, warned }];
    });
    const findings = admitted.flatMap((index) => expected[index] ?? []);
    console.log(
      `${objects.length} objects, ${objects.length - admitted.length} of them not valid: ${findings.length} findings of ` +
        `${new Set(findings).size} controls, ${disagreements.length} disagreements`,
    );
    expect(disagreements.slice(0, 3)).toEqual([]);
    expect(admitted.length).toBeGreaterThan(objects.length * 0.9);
    expect([...new Set(findings)].sort()).toEqual(selection.objectControls.map(({ control }) => control.id).sort());
  });
});

function dryRun(objects: readonly JsonObject[]): Promise<Answer[]> {
  return inParallel(objects, (object) => plane.client.create(object, { dryRun: true }));
}

/** Makes the namespaces that objects name, so that they can be created there. */
async function namespacesOf(objects: readonly JsonObject[]): Promise<void> {
  const names = objects.flatMap(({ metadata }) => (metadata as { namespace?: string }).namespace ?? []);
  for (const name of new Set(names)) await makeNamespace(name);
}

async function makeNamespace(name: string): Promise<void> {
  await plane.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const account of ['app', 'default']) {
    await plane.client.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: account, namespace: name },
    });
  }
}

/** The controls that the audit log says did not hold, by the id of the request. */
async function auditedFailures(answers: readonly Answer[]): Promise<Map<string, string[]>> {
  const wanted = new Set(answers.map(({ auditId }) => auditId));
  const failures = new Map<string, string[]>();
  await eventually('every request is in the audit log', async () => {
    failures.clear();
    for (const line of readFileSync(`${plane.folder}/audit.log`, 'utf8').split('\n')) {
      if (line === '') continue;
      const { auditID, annotations } = JSON.parse(line) as { auditID: string; annotations?: Record<string, string> };
      if (!wanted.has(auditID)) continue;
      const failed = JSON.parse(annotations?.['validation.policy.admission.k8s.io/validation_failure'] ?? '[]') as {
        policy: string;
      }[];
      failures.set(auditID, [...new Set(failed.map(({ policy }) => policy.replace('casemate-', '')))].sort());
    }
    return failures.size === wanted.size;
  });
  return failures;
}

test('fixes make of an object what they make of it in process, and it is admitted', async () => {
  const selection = only(({ clauses }) => clauses.some(({ clause }) => clause.fix !== undefined));
  const objects = [...examples(selection), ...generated(Math.ceil(count / 4))];
  await namespacesOf(objects);
  const valid = await dryRun(objects);
  await enforcing(selection, {}, async () => {
    const answers = await dryRun(objects);
    const fixed = objects.map((object) => fixedInProcess(object, selection));
    const left = judge(
      fixed.map(({ value }) => value),
      selection,
    );
    const found = judge(
      answers.map(({ status, body }, index) => (status === 201 ? body : (objects[index] ?? {}))),
      selection,
    );

    const counts = { admitted: 0, 'not fixable': 0, 'not valid': 0 };
    const wrong = objects.flatMap((object, index) => {
      const { status, body } = answers[index] as Answer;
      const isFixed = left[index]?.length === 0;
      if (valid[index]?.status !== 201) {
        counts['not valid']++;
        return [];
      }
      if (status !== 201) {
        counts['not fixable']++;
        return `${body.message}`.includes('ValidatingAdmissionPolicy') && !isFixed ? [] : [{ object, body }];
      }
      counts.admitted++;
      const others = fixed[index]?.changes.filter(({ path, to }) => !isSame(valueAt(body, path), to));
      const same = others?.length === 0 && isFixed && found[index]?.length === 0;
      return same ? [] : [{ object, body, others, found: found[index] }];
    });
    console.log(JSON.stringify(counts));
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(counts.admitted).toBeGreaterThan(objects.length * 0.8);
  });
});

function fixedInProcess(object: JsonObject, selection: Selection) {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const controls = selection.objectControls.filter(({ control: { about } }) =>
    about === 'pods' ? true : about.group === groupOf(apiVersion) && kind in about.resources,
  );
  return fix(object, podLocations(apiVersion, kind, object), controls);
}

/** The API server leaves out what is false or empty. */
function isSame(found: unknown, wanted: unknown): boolean {
  const isEmpty = wanted === false || (Array.isArray(wanted) && wanted.length === 0);
  return isDeepStrictEqual(found, wanted) || (isEmpty && found === undefined);
}

const privilegedTemplate = {
  spec: { containers: [{ name: 'app', image: 'app', securityContext: { privileged: true } }] },
};

/** An object whose container is privileged. */
function privileged(kind: string, name: string, metadata: JsonObject = {}): JsonObject {
  const object = workload(kind, privilegedTemplate);
  return { ...object, metadata: { ...metadata, name, namespace: 'shop' } };
}

const control = 'no-privileged-containers';
const refusal = (kind: string, name: string) =>
  expect.stringMatching(
    new RegExp(
      `${kind}.* "${name}" is (invalid|forbidden): .*ValidatingAdmissionPolicy 'casemate-${control}' with binding ` +
        `'casemate-${control}' denied request: container "app": securityContext.privileged must be false`,
      'i',
    ),
  );

test('who is refused reads which control it was, which container, and what it must be', async () => {
  await enforcing(only([control]), { mutate: false }, async () => {
    const answer = await plane.client.create(privileged('Deployment', 'cart'), { dryRun: true });
    expect(answer).toMatchObject({ status: 422, body: { message: refusal('deployment', 'cart') } });
  });
});

test('a namespace that is excluded is not judged', async () => {
  await enforcing(only([control]), { mutate: false, excludedNamespaces: ['shop'] }, async () => {
    await create(privileged('Deployment', 'cart'), { dryRun: true });
  });
});

describe('an exempted object', () => {
  const kinds = workloadKinds.filter((kind) => kind !== 'PodTemplate');
  const exemptions = kinds.map((kind) => ({
    control,
    object: { kind, namespace: 'shop', name: 'legacy' },
    reason: 'talks to a device',
    until: '2999-12-31',
  }));
  const options = { exemptions, mutate: false };

  const owner = (kind: string, name: string) => ({
    ownerReferences: [{ apiVersion: 'any/v1', kind, name, uid: '1', controller: true }],
  });
  const descent = [
    { made: 'ReplicaSet', by: 'deployment-controller', from: 'Deployment', owner: 'legacy', other: 'cart' },
    {
      made: 'Pod',
      by: 'replicaset-controller',
      from: 'ReplicaSet',
      owner: 'legacy-5d4f8b7c9',
      other: 'legacy-v2-5d4f8b7c9',
    },
    { made: 'Pod', by: 'replicaset-controller', from: 'ReplicaSet', owner: 'legacy', other: 'cart' },
    { made: 'Pod', by: 'replication-controller', from: 'ReplicationController', owner: 'legacy', other: 'cart' },
    { made: 'Pod', by: 'statefulset-controller', from: 'StatefulSet', owner: 'legacy', other: 'cart' },
    { made: 'Pod', by: 'daemon-set-controller', from: 'DaemonSet', owner: 'legacy', other: 'cart' },
    { made: 'Job', by: 'cronjob-controller', from: 'CronJob', owner: 'legacy', other: 'cart' },
    { made: 'Pod', by: 'job-controller', from: 'Job', owner: 'legacy-29183040', other: 'legacy-v2-29183040' },
    { made: 'Pod', by: 'job-controller', from: 'Job', owner: 'legacy', other: 'cart' },
  ];

  beforeAll(async () => {
    await install(plane.client, admissionManifests(only([control]), options));
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'mallory', namespace: 'shop' } };
    const apiGroup = 'rbac.authorization.k8s.io';
    const rules = [{ apiGroups: ['', 'apps', 'batch'], resources: ['pods', 'replicasets', 'jobs'], verbs: ['create'] }];
    await plane.client.apply({ ...rbac, kind: 'Role', rules });
    await plane.client.apply({
      ...rbac,
      kind: 'RoleBinding',
      roleRef: { apiGroup, kind: 'Role', name: 'mallory' },
      subjects: [{ apiGroup, kind: 'User', name: 'mallory' }],
    });
  });
  afterAll(() => uninstall(plane.client, admissionManifests(only([control]), options)));

  test.each(kinds)('of kind %s is admitted, and another is not', async (kind) => {
    await create(privileged(kind, 'legacy'), { dryRun: true });
    const { body } = await plane.client.create(privileged(kind, 'legacy-v2'), { dryRun: true });
    expect(body.message).toEqual(refusal(kind, 'legacy-v2'));
  });

  test.each(descent)(
    'lets $by make a $made of $from $owner, and nobody else',
    async ({ made, by, from, owner: of, other }) => {
      const as = `system:serviceaccount:kube-system:${by}`;
      await create(privileged(made, 'made', owner(from, of)), { dryRun: true, as });
      const ofAnother = await plane.client.create(privileged(made, 'made', owner(from, other)), { dryRun: true, as });
      expect(ofAnother.body.message).toEqual(refusal(made, 'made'));
      const forged = await plane.client.create(privileged(made, 'made', owner(from, of)), {
        dryRun: true,
        as: 'mallory',
      });
      expect(forged.body.message).toEqual(refusal(made, 'made'));
    },
  );

  test.each(['Deployment', 'StatefulSet', 'Job'])(
    'of kind %s gets its pods from the real controllers',
    async (kind) => {
      const object = privileged(kind, 'legacy');
      await create(object);
      const pods = '/api/v1/namespaces/shop/pods';
      await eventually(
        `the ${kind} has a pod`,
        async () => ((await plane.client.get(pods)).body.items as Json[]).length > 0,
      );
      // No garbage collector runs here.
      await plane.kubectl('delete', '--namespace=shop', kind, 'legacy');
      await plane.kubectl('delete', '--namespace=shop', '--all', 'replicasets,pods');
    },
  );
});

describe('what is there before the policies', () => {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'old' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  };
  const good = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'good', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  };
  const selection = only([control, 'no-wildcard-rules']);

  beforeAll(async () => {
    await create(privileged('Deployment', 'old'));
    await create(privileged('Pod', 'old', { finalizers: ['casemate.dev/test'] }));
    await create(good);
    await create(role);
  });
  beforeAll(() => install(plane.client, admissionManifests(selection, { mutate: false })));
  afterAll(() => uninstall(plane.client, admissionManifests(selection, { mutate: false })));

  test('can be labelled, annotated and scaled', async () => {
    const deployment = ['--namespace=shop', 'deployment', 'old'];
    await plane.kubectl('label', ...deployment, 'team=shop');
    await plane.kubectl('annotate', ...deployment, 'note=seen');
    await plane.kubectl('scale', ...deployment, '--replicas=0');
    await plane.kubectl('patch', ...deployment, '--patch={"spec":{"replicas":2}}');
    await plane.kubectl('label', '--namespace=shop', 'pod', 'old', 'team=shop');
    await plane.kubectl('label', 'clusterrole', 'old', 'team=shop');
  });

  test('is judged as soon as what is judged changes', async () => {
    const patch = '--patch={"spec":{"template":{"spec":{"terminationGracePeriodSeconds":1}}}}';
    await expect(plane.kubectl('patch', '--namespace=shop', 'deployment', 'old', patch)).rejects.toThrow(
      'container "app": securityContext.privileged must be false',
    );
    const { body } = await plane.client.update({ ...role, rules: [...role.rules, ...role.rules] });
    expect(body.message).toMatch(/denied request: rules\[0\], rules\[1\]: verbs must/);
  });

  test('can go: a finalizer is removed, and a deletion is nobody’s to refuse', async () => {
    await plane.kubectl('delete', '--namespace=shop', '--wait=false', '--force', 'pod', 'old');
    await plane.kubectl('patch', '--namespace=shop', 'pod', 'old', '--patch={"metadata":{"finalizers":null}}');
    expect((await plane.client.get('/api/v1/namespaces/shop/pods/old')).status).toBe(404);
    await plane.kubectl('delete', '--namespace=shop', 'deployment', 'old');
    await plane.kubectl('delete', 'clusterrole', 'old');
  });

  test('gets no ephemeral container that it could not have been created with', async () => {
    const path = '/api/v1/namespaces/shop/pods/good';
    const debug = async (securityContext: JsonObject) => {
      const { body: current } = await plane.client.get(path);
      const ephemeralContainers = [{ name: 'debug', image: 'busybox', securityContext }];
      return plane.client.update(
        { ...current, spec: { ...(current.spec as JsonObject), ephemeralContainers } },
        { subresource: 'ephemeralcontainers' },
      );
    };
    expect((await debug({ privileged: true })).body.message).toContain('container "debug": securityContext.privileged');
    expect((await debug({ privileged: false })).status).toBe(200);
  });
});

test('an ephemeral container is fixed as it is added', async () => {
  const path = '/api/v1/namespaces/shop/pods/debugged';
  const restricted = { allowPrivilegeEscalation: false };
  await create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'debugged', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: 'app', securityContext: restricted }] },
  });
  await enforcing(only(['no-privilege-escalation']), {}, async () => {
    const { body: current } = await plane.client.get(path);
    const spec = { ...(current.spec as JsonObject), ephemeralContainers: [{ name: 'debug', image: 'busybox' }] };
    const { body } = await plane.client.update({ ...current, spec }, { subresource: 'ephemeralcontainers' });
    expect(valueAt(body, ['spec', 'ephemeralContainers', 0, 'securityContext'])).toEqual(restricted);
  });
});

test('a deployment from before the policies rolls out once, not for ever', async () => {
  await create(privileged('Deployment', 'rolling'));
  await enforcing(only([control]), { actions: ['Audit'] }, async () => {
    const revisions = async () => {
      const names = await plane.kubectl('get', '--namespace=shop', 'replicasets', '--output=name');
      return names.split('\n').filter((name) => name.startsWith('replicaset.apps/rolling-')).length;
    };
    await eventually('there is a first revision', async () => (await revisions()) === 1);
    await plane.kubectl('rollout', 'restart', '--namespace=shop', 'deployment', 'rolling');
    await eventually('there is a second revision', async () => (await revisions()) >= 2);
    await plane.kubectl('annotate', '--namespace=shop', 'deployment', 'rolling', 'again=1');
    await sleep(1000);
    expect(await revisions()).toBe(2);
  });
  await plane.kubectl('delete', '--namespace=shop', 'deployment', 'rolling');
});

test('as static manifests, the policies cannot be taken away through the API', async () => {
  const manifests = admissionManifests(only([control]), { staticManifests: true });
  const plugins = ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy'].map((name) => ({
    name,
    manifests: manifests.filter(({ kind }) => `${kind}`.startsWith(name)),
  }));
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: plugins.map(({ name }) => ({
      name,
      configuration: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: `${name}Configuration`,
        staticManifestsDir: `{folder}/${name}`,
      },
    })),
  };
  const other = await startControlPlane({
    files: {
      'admission.yaml': JSON.stringify(configuration),
      ...Object.fromEntries(
        plugins.map(({ name, manifests }) => [
          `${name}/casemate.yaml`,
          manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n'),
        ]),
      ),
    },
    apiServerFlags: ['--admission-control-config-file={folder}/admission.yaml'],
  });
  try {
    await other.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const { body } = await other.client.create(privileged('Deployment', 'cart'), { dryRun: true });
    const context = [...'spec.template.spec.containers'.split('.'), 0, 'securityContext', 'privileged'];
    expect(valueAt(body, context)).toBe(false);
    const { body: list } = await other.client.get(policies);
    expect(list.items).toEqual([]);
  } finally {
    await other.stop();
  }
});
