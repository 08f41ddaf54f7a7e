import { formatPath, podLocation, podLocations, valueAt } from '../../inventory';

const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [] } };

/** An object that holds the pod template at a dotted path. */
function holding(path: string, template: unknown = pod): Record<string, unknown> {
  return path
    .split('.')
    .reverse()
    .reduce<unknown>((inner, key) => ({ [key]: inner }), template) as Record<string, unknown>;
}

test.each([
  ['v1', 'PodTemplate', 'template'],
  ['v1', 'ReplicationController', 'spec.template'],
  ['apps/v1', 'Deployment', 'spec.template'],
  ['apps/v1beta2', 'StatefulSet', 'spec.template'],
  ['apps/v1', 'DaemonSet', 'spec.template'],
  ['apps/v1', 'ReplicaSet', 'spec.template'],
  ['extensions/v1beta1', 'Deployment', 'spec.template'],
  ['batch/v1', 'Job', 'spec.template'],
  ['batch/v1', 'CronJob', 'spec.jobTemplate.spec.template'],
  ['batch/v1beta1', 'CronJob', 'spec.jobTemplate.spec.template'],
  ['argoproj.io/v1alpha1', 'Rollout', 'spec.template'],
  ['serving.knative.dev/v1', 'Service', 'spec.template'],
  ['apps.kruise.io/v1beta1', 'StatefulSet', 'spec.template'],
  ['apps.openshift.io/v1', 'DeploymentConfig', 'spec.template'],
  ['agones.dev/v1', 'Fleet', 'spec.template.spec.template'],
  ['leaderworkerset.x-k8s.io/v1', 'LeaderWorkerSet', 'spec.leaderWorkerTemplate.workerTemplate'],
])('%s %s keeps its pods in %s', (apiVersion, kind, path) => {
  expect(podLocations(apiVersion, kind, holding(path))).toEqual([
    { metadata: [...path.split('.'), 'metadata'], spec: [...path.split('.'), 'spec'] },
  ]);
});

test.each([
  ['v1', 'Pod'],
  ['serving.knative.dev/v1', 'Revision'],
])('%s %s is a pod itself', (apiVersion, kind) => {
  expect(podLocation(apiVersion, kind, pod)).toEqual({ metadata: ['metadata'], spec: ['spec'] });
});

test('a kind with several templates has a location for each: elements of a list, values of a map', () => {
  const jobs = { spec: { replicatedJobs: [holding('template.spec.template'), holding('template.spec.template')] } };
  const found = podLocations('jobset.x-k8s.io/v1alpha2', 'JobSet', jobs);
  expect(found.map(({ spec }) => formatPath(spec))).toEqual([
    'spec.replicatedJobs[0].template.spec.template.spec',
    'spec.replicatedJobs[1].template.spec.template.spec',
  ]);
  expect(found.map(({ metadata }) => valueAt(jobs, metadata))).toEqual([pod.metadata, pod.metadata]);

  const training = { spec: { pytorchReplicaSpecs: { Master: { template: pod }, Worker: { template: pod } } } };
  expect(podLocations('kubeflow.org/v1', 'PyTorchJob', training).map(({ spec }) => formatPath(spec))).toEqual([
    'spec.pytorchReplicaSpecs.Master.template.spec',
    'spec.pytorchReplicaSpecs.Worker.template.spec',
  ]);
});

test('the group decides: a Service of the core group has no pods, nor has a stranger named Deployment', () => {
  expect(podLocations('v1', 'Service', holding('spec.template'))).toEqual([]);
  expect(podLocations('example.com/v1', 'Deployment', holding('spec.template'))).toEqual([]);
});

test.each([
  ['null', null],
  ['a list', []],
  ['absent', undefined],
])('a template whose spec is %s is not listed', (_, spec) => {
  expect(podLocations('apps/v1', 'Deployment', holding('spec.template', { spec }))).toEqual([]);
});
