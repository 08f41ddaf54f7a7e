import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { App } from 'cdk8s';
import { exemptionsOf } from '../../constructs';
import { select } from '../../controls';
import { boutique } from '../../examples/online-boutique/boutique';
import { admissionManifests } from '../../gates/admission';
import { type JsonObject, loadPaths, valueAt } from '../../inventory';
import { type ControlPlane, startControlPlane } from './support/control-plane';

/**
 * The example, from `cdk8s synth` into a real API server in which Pod Security admission enforces and casemate's
 * policies deny: what a user sees who follows the README, and then weakens the application.
 */
const root = join(__dirname, '..', '..');
let folder: string;
let cluster: ControlPlane;
let objects: readonly JsonObject[];

const app = new App();
boutique(app);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casemate-boutique-'));
  const synth = spawnSync('npx', ['cdk8s', 'synth', '--no-check-upgrade', '--output', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (synth.status !== 0) throw new Error(synth.stdout + synth.stderr);
  objects = loadPaths([folder]).objects.map(({ value }) => value);

  cluster = await startControlPlane();
  // The policies judge without their fixes here: what is synthesized has to pass as it is.
  const policies = admissionManifests(select('hardened'), { exemptions: exemptionsOf(app), mutate: false });
  for (const policy of policies) expect(await cluster.client.apply(policy)).toMatchObject({ status: 201 });
  await policiesAreInForce();
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The API server learns of new policies with a delay: the last one by name is waited for. */
async function policiesAreInForce(): Promise<void> {
  const weak = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'weak' } };
  const pod = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'weak', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'weak' } },
      template: {
        metadata: { labels: { app: 'weak' } },
        spec: { containers: [{ name: 'weak', image: 'weak:1' }] },
      },
    },
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    const answers = await Promise.all([weak, pod].map((object) => cluster.client.create(object, { dryRun: true })));
    if (answers.every(({ status }) => status === 422 || status === 403)) return;
    await sleep(100);
  }
  throw new Error('the policies did not come into force');
}

const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
const workloads = () => [...ofKind('Deployment'), ...ofKind('StatefulSet')];

test('synthesis writes the twelve workloads of the demo', () => {
  expect(readdirSync(folder)).toContain('boutique.k8s.yaml');
  expect(workloads().map((object) => valueAt(object, ['metadata', 'name']))).toHaveLength(12);
});

test('the API server accepts every object, without a warning', async () => {
  const answers: unknown[] = [];
  for (const object of objects) {
    const { status, body, warnings } = await cluster.client.apply(object);
    if (status > 201 || warnings.length > 0) {
      answers.push({ kind: object.kind, metadata: object.metadata, status, body, warnings });
    }
  }
  expect(answers).toEqual([]);
});

test('Pod Security admission lets every pod of a workload in at the restricted level', async () => {
  for (const workload of workloads()) {
    const { metadata, spec } = valueAt(workload, ['spec', 'template']) as { metadata: JsonObject; spec: JsonObject };
    const name = String(valueAt(workload, ['metadata', 'name']));
    const isStateful = workload.kind === 'StatefulSet';
    // As its controller makes it: only then is the pod no bare one, and the exemptions of its workload hold.
    const owner = isStateful
      ? { apiVersion: 'apps/v1', kind: 'StatefulSet', name }
      : { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-5d5f9c4b7d` };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        name: `${owner.name}-${isStateful ? 0 : 'x2b9z'}`,
        namespace: 'boutique',
        ownerReferences: [{ ...owner, uid: '6f2b9d3e-0000-4000-8000-000000000000', controller: true }],
      },
      spec,
    };
    const controller = isStateful ? 'statefulset-controller' : 'replicaset-controller';
    const asController = await cluster.client.create(pod, {
      dryRun: true,
      as: `system:serviceaccount:kube-system:${controller}`,
    });
    expect({ name, status: asController.status, body: asController.body }).toMatchObject({ name, status: 201 });
  }
});

test('a weaker workload is refused by name of the control, and by Pod Security admission', async () => {
  const [frontend] = ofKind('Deployment');
  const weak = structuredClone(frontend) as unknown as {
    spec: { template: { spec: { containers: { securityContext: Record<string, unknown> }[] } } };
  };
  const [container] = weak.spec.template.spec.containers;
  if (container === undefined) throw new Error('the workload has no container');
  container.securityContext.privileged = true;
  container.securityContext.allowPrivilegeEscalation = true;
  const { status, body, warnings } = await cluster.client.apply(weak as unknown as JsonObject, { dryRun: true });
  expect(status).toBe(422);
  expect(String(body.message)).toMatch(/casemate-no-privilege/);
  expect(String(body.message)).toContain('securityContext.');
  expect(warnings.join()).toContain('would violate PodSecurity "restricted:v1.37": privileged');

  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'weak', namespace: 'boutique' },
    spec: weak.spec.template.spec as unknown as JsonObject,
  };
  const refused = await cluster.client.create(pod, { dryRun: true });
  expect(refused.status).toBe(403);
  expect(String(refused.body.message)).toContain('violates PodSecurity "restricted:v1.37": privileged');
});
