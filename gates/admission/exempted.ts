import type { Exemption } from '../../controls';
import { literal, quote } from './cel';
import type { MatchCondition } from './conditions';

/** How a controller makes one object from another. */
interface Descent {
  readonly from: string;
  readonly owner: string;
  readonly made: string;
  readonly controller: string;
  /** The owner is itself made from the exempted object, whose name it has before the last hyphen. */
  readonly twice?: true;
}

/** kube-controller-manager's controllers, by the names of their service accounts. */
const descents: readonly Descent[] = [
  { from: 'Deployment', owner: 'Deployment', made: 'ReplicaSet', controller: 'deployment-controller' },
  // A ReplicaSet is named after its Deployment and a hash without hyphens (pkg/controller/deployment/sync.go).
  { from: 'Deployment', owner: 'ReplicaSet', made: 'Pod', controller: 'replicaset-controller', twice: true },
  { from: 'ReplicaSet', owner: 'ReplicaSet', made: 'Pod', controller: 'replicaset-controller' },
  { from: 'ReplicationController', owner: 'ReplicationController', made: 'Pod', controller: 'replication-controller' },
  { from: 'StatefulSet', owner: 'StatefulSet', made: 'Pod', controller: 'statefulset-controller' },
  { from: 'DaemonSet', owner: 'DaemonSet', made: 'Pod', controller: 'daemon-set-controller' },
  { from: 'CronJob', owner: 'CronJob', made: 'Job', controller: 'cronjob-controller' },
  // A Job is named after its CronJob and a number (pkg/controller/cronjob/utils.go).
  { from: 'CronJob', owner: 'Job', made: 'Pod', controller: 'job-controller', twice: true },
  { from: 'Job', owner: 'Job', made: 'Pod', controller: 'job-controller' },
];

/**
 * Match conditions that take the exempted objects out of a policy, and what Kubernetes' controllers make of them.
 *
 * Anybody who may create a pod may write any owner into it. So what was made counts as made only when the request
 * comes from the controller that makes such objects.
 *
 * @param kinds those that the policy matches
 */
export function notExempted(exemptions: readonly Exemption[], kinds: readonly string[]): MatchCondition[] {
  return kinds.flatMap((kind) => {
    const ofKind = exemptions.filter(({ object }) => object.kind === kind);
    if (ofKind.length === 0) return [];
    const names = namesOf(ofKind);
    const itself = {
      name: `not-exempted-${kind}`,
      expression: `!(request.kind.kind == ${quote(kind)} && request.namespace + "/" + request.name in ${names})`,
    };
    return [itself, ...descents.filter(({ from }) => from === kind).map((descent) => notMadeFrom(descent, names))];
  });
}

function notMadeFrom({ from, owner, made, controller, twice }: Descent, names: string): MatchCondition {
  const users = [`system:serviceaccount:kube-system:${controller}`, 'system:kube-controller-manager'];
  const name = twice ? 'owner.name.substring(0, owner.name.lastIndexOf("-"))' : 'owner.name';
  const owned = [
    'owner.?controller.orValue(false)',
    `owner.kind == ${quote(owner)}`,
    ...(twice ? ['owner.name.contains("-")'] : []),
    `request.namespace + "/" + ${name} in ${names}`,
  ].join(' && ');
  return {
    name: `not-${made}-of-exempted-${from}`,
    expression:
      `!(request.kind.kind == ${quote(made)} && request.userInfo.username in ${literal(users)} && ` +
      `dyn(object).metadata.?ownerReferences.orValue([]).exists(owner, ${owned}))`,
  };
}

function namesOf(exemptions: readonly Exemption[]): string {
  const names = exemptions.map(({ object }) => `${object.namespace ?? ''}/${object.name}`);
  return literal([...new Set(names)].sort());
}
