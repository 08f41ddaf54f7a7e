import type { Path, PodLocation } from './object';
import { valueAt } from './path';

interface Templates {
  readonly group: string;
  readonly kinds: readonly string[];
  readonly at: readonly string[];
}

/**
 * Kinds that hold complete pod templates, by group and kind: where the templates are. `*` stands for each element of a
 * list and each value of a map; the empty path is the object itself.
 *
 * A kind belongs here when what it holds is a PodSpec as it will run. Overlays that an operator merges into a pod of its
 * own (Tekton's podTemplate, ECK's podTemplate) do not: their absent fields mean nothing.
 */
const TEMPLATES: readonly Templates[] = [
  // https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
  { group: '', kinds: ['Pod'], at: [''] },
  { group: '', kinds: ['PodTemplate'], at: ['template'] },
  { group: '', kinds: ['ReplicationController'], at: ['spec.template'] },
  { group: 'apps', kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'], at: ['spec.template'] },
  { group: 'extensions', kinds: ['Deployment', 'DaemonSet', 'ReplicaSet', 'Job'], at: ['spec.template'] },
  { group: 'batch', kinds: ['Job'], at: ['spec.template'] },
  { group: 'batch', kinds: ['CronJob'], at: ['spec.jobTemplate.spec.template'] },
  // https://docs.openshift.com/container-platform/latest/rest_api/workloads_apis/deploymentconfig-apps-openshift-io-v1.html
  { group: 'apps.openshift.io', kinds: ['DeploymentConfig'], at: ['spec.template'] },
  // https://argo-rollouts.readthedocs.io/en/stable/features/specification/
  { group: 'argoproj.io', kinds: ['Rollout'], at: ['spec.template'] },
  // https://github.com/knative/specs/blob/main/specs/serving/knative-api-specification-1.0.md
  { group: 'serving.knative.dev', kinds: ['Service', 'Configuration'], at: ['spec.template'] },
  { group: 'serving.knative.dev', kinds: ['Revision'], at: [''] },
  // https://knative.dev/docs/eventing/custom-event-source/containersource/reference/
  { group: 'sources.knative.dev', kinds: ['ContainerSource'], at: ['spec.template'] },
  // https://openkruise.io/docs/user-manuals/cloneset and its neighbours
  { group: 'apps.kruise.io', kinds: ['CloneSet', 'StatefulSet', 'DaemonSet', 'BroadcastJob'], at: ['spec.template'] },
  {
    group: 'apps.kruise.io',
    kinds: ['AdvancedCronJob'],
    at: ['spec.template.jobTemplate.spec.template', 'spec.template.broadcastJobTemplate.spec.template'],
  },
  {
    group: 'apps.kruise.io',
    kinds: ['UnitedDeployment'],
    at: [
      'spec.template.statefulSetTemplate.spec.template',
      'spec.template.advancedStatefulSetTemplate.spec.template',
      'spec.template.cloneSetTemplate.spec.template',
      'spec.template.deploymentTemplate.spec.template',
    ],
  },
  // https://agones.dev/site/docs/reference/agones_crd_api_reference/
  { group: 'agones.dev', kinds: ['GameServer'], at: ['spec.template'] },
  { group: 'agones.dev', kinds: ['Fleet', 'GameServerSet'], at: ['spec.template.spec.template'] },
  // https://jobset.sigs.k8s.io/docs/reference/jobset.v1alpha2/
  { group: 'jobset.x-k8s.io', kinds: ['JobSet'], at: ['spec.replicatedJobs.*.template.spec.template'] },
  // https://lws.sigs.k8s.io/docs/reference/leaderworkerset.v1/
  {
    group: 'leaderworkerset.x-k8s.io',
    kinds: ['LeaderWorkerSet'],
    at: ['spec.leaderWorkerTemplate.leaderTemplate', 'spec.leaderWorkerTemplate.workerTemplate'],
  },
  // https://kueue.sigs.k8s.io/docs/reference/kueue.v1beta1/
  { group: 'kueue.x-k8s.io', kinds: ['Workload'], at: ['spec.podSets.*.template'] },
  // https://www.kubeflow.org/docs/components/trainer/legacy-v1/
  { group: 'kubeflow.org', kinds: ['PyTorchJob'], at: ['spec.pytorchReplicaSpecs.*.template'] },
  { group: 'kubeflow.org', kinds: ['TFJob'], at: ['spec.tfReplicaSpecs.*.template'] },
  { group: 'kubeflow.org', kinds: ['MPIJob'], at: ['spec.mpiReplicaSpecs.*.template'] },
  { group: 'kubeflow.org', kinds: ['XGBoostJob'], at: ['spec.xgbReplicaSpecs.*.template'] },
  { group: 'kubeflow.org', kinds: ['PaddleJob'], at: ['spec.paddleReplicaSpecs.*.template'] },
  { group: 'kubeflow.org', kinds: ['JAXJob'], at: ['spec.jaxReplicaSpecs.*.template'] },
  // https://www.kubeflow.org/docs/components/notebooks/api-reference/notebook-v1/
  { group: 'kubeflow.org', kinds: ['Notebook'], at: ['spec.template'] },
  // https://ray-project.github.io/kuberay/reference/api/
  {
    group: 'ray.io',
    kinds: ['RayCluster'],
    at: ['spec.headGroupSpec.template', 'spec.workerGroupSpecs.*.template'],
  },
  {
    group: 'ray.io',
    kinds: ['RayJob'],
    at: [
      'spec.rayClusterSpec.headGroupSpec.template',
      'spec.rayClusterSpec.workerGroupSpecs.*.template',
      'spec.submitterPodTemplate',
    ],
  },
  {
    group: 'ray.io',
    kinds: ['RayService'],
    at: ['spec.rayClusterConfig.headGroupSpec.template', 'spec.rayClusterConfig.workerGroupSpecs.*.template'],
  },
  // https://volcano.sh/en/docs/vcjob/
  { group: 'batch.volcano.sh', kinds: ['Job'], at: ['spec.tasks.*.template'] },
  // https://keda.sh/docs/latest/reference/scaledjob-spec/
  { group: 'keda.sh', kinds: ['ScaledJob'], at: ['spec.jobTargetRef.template'] },
  // https://github.com/actions/actions-runner-controller/blob/master/apis/actions.github.com/v1alpha1/autoscalingrunnerset_types.go
  { group: 'actions.github.com', kinds: ['AutoscalingRunnerSet'], at: ['spec.template'] },
];

const templatesOf = new Map<string, readonly Path[]>();
for (const { group, kinds, at } of TEMPLATES) {
  const paths = at.map((path) => path.split('.').filter(Boolean));
  for (const kind of kinds) templatesOf.set(`${group}/${kind}`, paths);
}

const NONE: readonly PodLocation[] = [];

/** The group of an apiVersion: `apps` of `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

/** Finds every pod template that a value of this kind holds; one without a pod spec is not listed. */
export function podLocations(apiVersion: string, kind: string, value: unknown): readonly PodLocation[] {
  const templates = templatesOf.get(`${groupOf(apiVersion)}/${kind}`);
  if (templates === undefined) return NONE;
  return templates
    .flatMap((template) => expand(value, template))
    .map((template) => ({ metadata: [...template, 'metadata'], spec: [...template, 'spec'] }))
    .filter(({ spec }) => isObject(valueAt(value, spec)));
}

/** Whether objects of this kind can hold pod templates at all. */
export function mayHoldPods(apiVersion: string, kind: string): boolean {
  return templatesOf.has(`${groupOf(apiVersion)}/${kind}`);
}

/** The first of {@link podLocations}: all there is, for Kubernetes' own kinds. */
export function podLocation(apiVersion: string, kind: string, value: unknown): PodLocation | undefined {
  return podLocations(apiVersion, kind, value)[0];
}

/**
 * Where a value stands that ought to lead to a pod spec of this kind, or to be one, and cannot: the API server would
 * refuse it, and {@link podLocations} does not list it.
 */
export function malformedPod(apiVersion: string, kind: string, value: unknown): Path | undefined {
  const templates = templatesOf.get(`${groupOf(apiVersion)}/${kind}`) ?? [];
  for (const template of templates) {
    const found = obstacle(value, [...template, 'spec'], []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function obstacle(value: unknown, pattern: Path, at: Path): Path | undefined {
  if (value === undefined || value === null) return undefined;
  const [step, ...rest] = pattern;
  if (typeof value !== 'object' || (Array.isArray(value) && step !== '*')) return at;
  if (step === undefined) return undefined;
  const steps = step === '*' ? Object.keys(value) : [step];
  for (const next of steps) {
    const key = Array.isArray(value) ? Number(next) : next;
    const found = obstacle(valueAt(value, [key]), rest, [...at, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function expand(value: unknown, pattern: Path): Path[] {
  const star = pattern.indexOf('*');
  if (star === -1) return [pattern];
  const before = pattern.slice(0, star);
  const collection = valueAt(value, before);
  if (typeof collection !== 'object' || collection === null) return [];
  const steps = Array.isArray(collection) ? collection.map((_, index) => index) : Object.keys(collection);
  return steps.flatMap((step) => expand(value, [...before, step, ...pattern.slice(star + 1)]));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
