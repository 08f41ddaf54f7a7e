import type { Json, JsonObject } from '../../../inventory';
import type { PodTemplate } from '../../support/workloads';

const labels = { app: 'app' };
const selector = { matchLabels: labels };

/** A pod template as each kind that holds one takes it: with the labels and the restart policy that the kind demands. */
const wrappers: Readonly<Record<string, (template: PodTemplate) => JsonObject>> = {
  Pod: ({ metadata, spec }) => object('v1', 'Pod', { spec }, metadata),
  PodTemplate: (template) => object('v1', 'PodTemplate', { template: labelled(template) }),
  ReplicationController: (template) =>
    object('v1', 'ReplicationController', { spec: { selector: labels, template: restarting(template) } }),
  Deployment: (template) => object('apps/v1', 'Deployment', { spec: { selector, template: restarting(template) } }),
  ReplicaSet: (template) => object('apps/v1', 'ReplicaSet', { spec: { selector, template: restarting(template) } }),
  DaemonSet: (template) => object('apps/v1', 'DaemonSet', { spec: { selector, template: restarting(template) } }),
  StatefulSet: (template) =>
    object('apps/v1', 'StatefulSet', { spec: { selector, serviceName: 'app', template: restarting(template) } }),
  Job: (template) => object('batch/v1', 'Job', { spec: { template: ending(template) } }),
  CronJob: (template) =>
    object('batch/v1', 'CronJob', {
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: ending(template) } } },
    }),
};

export const workloadKinds = Object.keys(wrappers);

/** The template as an object of this kind, named `app` in the namespace `shop`. */
export function workload(kind: string, template: PodTemplate): JsonObject {
  const wrap = wrappers[kind];
  if (wrap === undefined) throw new RangeError(`no workload is of kind ${kind}, but of ${workloadKinds.join(', ')}`);
  return wrap(template);
}

function object(apiVersion: string, kind: string, fields: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion, kind, metadata: { ...metadata, name: 'app', namespace: 'shop' }, ...fields };
}

function labelled({ metadata, spec }: PodTemplate): JsonObject {
  return { metadata: { ...metadata, labels }, spec };
}

function restarting({ metadata, spec }: PodTemplate): JsonObject {
  const { restartPolicy: _any, ...rest } = spec;
  return labelled({ ...(metadata && { metadata }), spec: rest });
}

function ending({ metadata, spec }: PodTemplate): JsonObject {
  const restartPolicy: Json = spec.restartPolicy === 'OnFailure' ? 'OnFailure' : 'Never';
  return labelled({ ...(metadata && { metadata }), spec: { ...spec, restartPolicy } });
}
