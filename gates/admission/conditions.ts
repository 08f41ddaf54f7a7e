import type { Clause, ObjectControl } from '../../controls/control';
import type { Place } from '../../controls/places';
import { literal } from './cel';
import { ofPod } from './workloads';

export type MatchCondition = { readonly name: string; readonly expression: string };

/** Whether a clause speaks of a field or a variable by this name. */
export function mentions(clauses: readonly Clause[], name: string): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return clauses.some(({ each, holds, field }) => [holds, field, ...textsOf(each)].some((text) => word.test(text)));
}

function textsOf({ from, lists = [] }: Place): readonly string[] {
  return [...lists, ...(typeof from === 'string' ? [from] : textsOf(from))];
}

/**
 * Lets an UPDATE pass that changes nothing of what is judged: an object from before the policy must not get stuck when
 * it is scaled, labelled, or a finalizer is removed so that it can go.
 */
export function changed(control: ObjectControl, clauses: readonly Clause[]): MatchCondition {
  const judged = control.about === 'pods' ? [judgedSpec] : [judgedFields];
  if (mentions(clauses, 'metadata')) judged.push(...writtenMetadata(control));
  const differs = judged.map((part) => `${part('object')} != ${part('oldObject')}`).join(' || ');
  return { name: 'changes-what-is-judged', expression: `request.operation == "CREATE" || ${differs}` };
}

type Part = (root: 'object' | 'oldObject') => string;

const judgedSpec: Part = (root) => `(${ofPod('spec', root)})`;

const judgedFields: Part = (root) =>
  `dyn(${root}).transformMap(field, value, !(field in ["metadata", "status"]), value)`;

/** All other metadata changes with every write (managedFields), or never. */
function writtenMetadata(control: ObjectControl): Part[] {
  return ['labels', 'annotations'].map((field) => (root) => {
    const metadata = control.about === 'pods' ? `(${ofPod('metadata', root)})` : `dyn(${root}).metadata`;
    return `${metadata}.?${field}`;
  });
}

/**
 * Lets Kubernetes itself write what it needs to start: the API server its roles and namespaces, and a controller the
 * unions of aggregated cluster roles, whose parts were judged as people wrote them.
 *
 * Members of `system:masters` are judged like anybody: whoever has to get around a policy deletes its binding, and that
 * leaves a trace.
 */
export function notKubernetesOwn(resources: readonly string[]): MatchCondition {
  const users = ['system:apiserver'];
  if (resources.includes('clusterroles')) {
    users.push('system:serviceaccount:kube-system:clusterrole-aggregation-controller');
  }
  return { name: 'not-kubernetes-own', expression: `!(request.userInfo.username in ${literal(users)})` };
}

/**
 * Leaves alone the ReplicaSets that a controller made: the deployment controller knows its own by comparing templates,
 * and would go on making new ones. Their pods are mutated as they are created.
 */
export const notMadeByController: MatchCondition = {
  name: 'not-made-by-a-controller',
  expression:
    'request.kind.kind != "ReplicaSet" || ' +
    '!dyn(object).metadata.?ownerReferences.orValue([]).exists(owner, owner.?controller.orValue(false))',
};
