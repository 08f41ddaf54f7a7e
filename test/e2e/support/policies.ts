import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../inventory';
import type { ApiClient } from './api-client';

let rounds = 0;

/** Applies policies and bindings, and waits until the API server acts on all of them. */
export async function install(client: ApiClient, manifests: readonly JsonObject[]): Promise<void> {
  for (const manifest of manifests) {
    const { status, body, warnings } = await client.apply(manifest);
    if (status >= 300 || warnings.length > 0) {
      throw new Error(`${manifest.kind} ${nameOf(manifest)}: ${status} ${body.message} ${warnings.join('; ')}`);
    }
  }
  await settled(client);
}

export async function uninstall(client: ApiClient, manifests: readonly JsonObject[]): Promise<void> {
  for (const manifest of manifests) await client.delete(manifest);
  await settled(client);
}

/**
 * Waits until the API server has seen every policy that was written before. It takes them over together and in order,
 * so what acts on a policy written last has seen the others.
 */
async function settled(client: ApiClient): Promise<void> {
  const round = `round-${++rounds}`;
  for (const manifest of sentinels(round)) await client.apply(manifest);
  const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', namespace: 'default' } };
  await eventually('the API server acts on policies', async () => {
    const { body, warnings } = await client.create(probe, { dryRun: true });
    const { annotations } = body.metadata as { annotations?: JsonObject };
    return annotations?.round === round && warnings.some((warning) => warning.endsWith(round));
  });
}

function sentinels(round: string): JsonObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: 'sentinel' };
  const matchConstraints = {
    resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
  };
  const patch = `[JSONPatch{op: "add", path: "/metadata/annotations", value: {"round": "${round}"}}]`;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: { matchConstraints, validations: [{ expression: 'false', message: round }] },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: 'sentinel', validationActions: ['Warn'] },
    },
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch } }],
      },
    },
    { apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata, spec: { policyName: 'sentinel' } },
  ];
}

/** Asks until the answer is yes. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited 30 s in vain until ${what}`);
    await sleep(100);
  }
}

/** Does `work` for every item, at most sixteen at a time; results come in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return results;
}

function nameOf(manifest: JsonObject): unknown {
  return (manifest.metadata as JsonObject).name;
}
