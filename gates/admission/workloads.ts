import type { Path } from '../../inventory';

/** A built-in kind that holds a pod template, as admission policies match it. */
interface Workload {
  readonly kind: string;
  readonly group: string;
  readonly resource: string;
  /** From the object to what holds the pod's metadata and spec. */
  readonly template: Path;
}

/** Every kind of Kubernetes' own that holds a pod spec. All are in version v1. */
export const workloads: readonly Workload[] = [
  { kind: 'Pod', group: '', resource: 'pods', template: [] },
  { kind: 'PodTemplate', group: '', resource: 'podtemplates', template: ['template'] },
  { kind: 'ReplicationController', group: '', resource: 'replicationcontrollers', template: ['spec', 'template'] },
  { kind: 'DaemonSet', group: 'apps', resource: 'daemonsets', template: ['spec', 'template'] },
  { kind: 'Deployment', group: 'apps', resource: 'deployments', template: ['spec', 'template'] },
  { kind: 'ReplicaSet', group: 'apps', resource: 'replicasets', template: ['spec', 'template'] },
  { kind: 'StatefulSet', group: 'apps', resource: 'statefulsets', template: ['spec', 'template'] },
  { kind: 'CronJob', group: 'batch', resource: 'cronjobs', template: ['spec', 'jobTemplate', 'spec', 'template'] },
  { kind: 'Job', group: 'batch', resource: 'jobs', template: ['spec', 'template'] },
];

const usual: Path = ['spec', 'template'];
const unusual = workloads.filter(({ template }) => template.join() !== usual.join());

/** CEL: what each kind of workload has under its template. */
function byKind(value: (template: Path) => string): string {
  const branches = unusual.map(({ kind, template }) => `request.kind.kind == "${kind}" ? ${value(template)} : `);
  return branches.join('') + value(usual);
}

/**
 * CEL: the pod's `spec` or `metadata` in `root`, which is `object` or `oldObject`; an empty map where there is none.
 *
 * Through dyn(), because the API server checks one expression against every kind that the policy matches.
 */
export function ofPod(field: 'spec' | 'metadata', root = 'object'): string {
  return byKind((template) => `dyn(${root}).?${[...template, field].join('.?')}.orValue({})`);
}

/** CEL: the JSON pointer to the pod's `spec` or `metadata`. */
export function pointerToPod(field: 'spec' | 'metadata'): string {
  return byKind((template) => JSON.stringify(`/${[...template, field].join('/')}`));
}

/** The rules that match workloads. `resources` are those wanted, subresources among them. */
export function workloadRules(operations: readonly string[], resources: readonly string[]) {
  const groups = [...new Set(workloads.map(({ group }) => group))];
  return groups
    .map((group) => ({
      apiGroups: [group],
      apiVersions: ['v1'],
      operations,
      resources: resources.filter((resource) =>
        workloads.some((known) => known.group === group && known.resource === resource.split('/')[0]),
      ),
    }))
    .filter((rule) => rule.resources.length > 0);
}
