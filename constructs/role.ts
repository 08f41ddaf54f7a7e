import { ApiObject } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { evaluate, select, subjectOf } from '../controls';
import type { JsonObject } from '../inventory';
import type { SecureDeployment } from './deployment';
import { checkReason, type ExemptOptions, exempt } from './exempt';
import { hardenUnstated } from './harden';
import { isAmong } from './objects';
import { kubernetesOf, nameOf, namespaceOf, profileOf } from './scope';

/** What a role can allow. `*`, and the verbs that hand out more than one has (`escalate`, `bind`, `impersonate`), are none. */
export type Verb = (typeof VERBS)[number];
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;

// Kubernetes' own resources in namespaces, by API group (`kubectl api-resources --namespaced`).
const RESOURCES = {
  '': [
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'persistentvolumeclaims',
    'pods',
    'pods/attach',
    'pods/binding',
    'pods/ephemeralcontainers',
    'pods/eviction',
    'pods/exec',
    'pods/log',
    'pods/portforward',
    'pods/proxy',
    'pods/resize',
    'pods/status',
    'podtemplates',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'serviceaccounts/token',
    'services',
    'services/proxy',
    'services/status',
  ],
  apps: [
    'controllerrevisions',
    'daemonsets',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'replicasets',
    'replicasets/scale',
    'statefulsets',
    'statefulsets/scale',
  ],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs', 'jobs/status'],
  'coordination.k8s.io': ['leases'],
  'discovery.k8s.io': ['endpointslices'],
  'events.k8s.io': ['events'],
  'networking.k8s.io': ['ingresses', 'ingresses/status', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['rolebindings', 'roles'],
} as const;

// biome-ignore format: one alphabet
type Letter = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm'
  | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z';

/** A resource of Kubernetes' own, as it is named in the API. */
export type KnownResource = (typeof RESOURCES)[keyof typeof RESOURCES][number];

interface AllowedVerbs {
  readonly verbs: readonly [Verb, ...Verb[]];
  /**
   * The objects' names. `list` and `watch` are then allowed to clients that ask for `metadata.name=…` only.
   *
   * @default - all objects of the namespace
   */
  readonly names?: readonly [string, ...string[]];
  /**
   * Needed for what leads to more rights: reading secrets, running or entering pods, tokens, roles. Exempts the role
   * from the controls that object to the rule.
   */
  readonly acknowledge?: ExemptOptions;
}

/** One thing that is allowed. */
export type AllowRule = AllowedVerbs &
  (
    | {
        readonly resource: KnownResource;
        /** @default - the group that Kubernetes has it in */
        readonly apiGroup?: keyof typeof RESOURCES;
      }
    | {
        /** Plural name of a custom resource. */
        readonly resource: `${Letter}${string}`;
        /** Its API group, such as `cert-manager.io`. */
        readonly apiGroup: `${Letter}${string}.${Letter}${string}`;
      }
  );

/** Who may: a workload or a service account, or people by the name that the cluster's authentication gives them. */
export type Grantee =
  | (kplus.ISubject & Partial<Pick<SecureDeployment, 'mountServiceAccountToken'>>)
  | { readonly group: string }
  | { readonly user: string };

export interface LeastPrivilegeRoleProps {
  /** A workload's pods get their service account's token mounted by this. */
  readonly to: Grantee;
  readonly allow: readonly [AllowRule, ...AllowRule[]];
  /** Metadata of the Role and the RoleBinding. @default - the construct's id as their name */
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
}

/**
 * A Role and its RoleBinding in the namespace where it is composed, that allow what is named and nothing else.
 *
 * @throws RangeError that names the construct and the rule: for wildcards, for verbs that hand out rights, for what
 * Kubernetes would not restrict as it reads, and for powerful rules that nobody acknowledged
 */
export class LeastPrivilegeRole extends Construct {
  public readonly role: ApiObject;
  public readonly binding: ApiObject;

  public constructor(scope: Construct, id: string, props: LeastPrivilegeRoleProps) {
    super(scope, id);
    const { path } = this.node;
    if (props.allow.length === 0) throw new RangeError(`${path}: allow is empty, expected at least one rule`);
    const namespace = namespaceOf(this);
    const metadata = {
      name: nameOf(scope, id, props.metadata?.name),
      ...(namespace !== undefined && { namespace }),
      ...(props.metadata?.labels !== undefined && { labels: { ...props.metadata.labels } }),
    };
    this.role = new ApiObject(this, 'Role', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: props.allow.map((rule, index) => renderRule(rule, `${path}: allow[${index}]`)),
    });
    this.binding = new ApiObject(this, 'RoleBinding', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [renderSubject(props.to, namespace, path)],
    });
    if ('node' in props.to) props.to.mountServiceAccountToken?.();
    hardenUnstated(this);
    this.acknowledge(props.allow);
  }

  /** A control that objects to several rules is exempted once all of them are acknowledged. */
  private acknowledge(rules: readonly AllowRule[]): void {
    const subject = subjectOf(this.role.toJson() as JsonObject);
    for (const compiled of select(profileOf(this), kubernetesOf(this)).objectControls) {
      const { about, id } = compiled.control;
      if (about === 'pods' || !isAmong(about, this.role)) continue;
      const objected = evaluate(compiled, subject).map(({ element: [, index] }) => rules[Number(index)]?.acknowledge);
      const acknowledged = objected.filter((one) => one !== undefined);
      if (acknowledged.length === 0 || acknowledged.length < objected.length) continue;
      const reason = [...new Set(acknowledged.map((one) => one.reason))].join('; ');
      const [until = ''] = acknowledged.map((one) => one.until).sort();
      exempt(this, id, { reason, until });
    }
  }
}

function renderRule(rule: AllowRule, where: string) {
  const { verbs, resource, names, acknowledge } = rule;
  if (!Array.isArray(verbs) || verbs.length === 0) {
    throw new RangeError(`${where}.verbs is empty, expected at least one`);
  }
  for (const verb of verbs) {
    if (VERBS.includes(verb)) continue;
    throw new RangeError(`${where}.verbs has "${verb}", expected some of ${VERBS.join(', ')}`);
  }
  const apiGroup = groupFor(rule, where);
  if (names !== undefined) checkNames(names, verbs, where);
  const danger = dangerOf(apiGroup, resource, verbs);
  if (danger !== undefined && acknowledge === undefined) {
    throw new RangeError(
      `${where}: ${verbs.join(', ')} on ${resource} ${danger}; leave it out, or say why it is needed with acknowledge: { reason, until }`,
    );
  }
  if (acknowledge !== undefined) checkReason(acknowledge, `${where}.acknowledge`);
  return {
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: [...verbs],
    ...(names !== undefined && { resourceNames: [...names] }),
  };
}

function groupFor({ apiGroup, resource }: AllowRule, where: string): string {
  if (typeof resource !== 'string' || !/^[a-z][a-z0-9-]*(\/[a-z]+)?$/.test(resource)) {
    throw new RangeError(
      `${where}.resource is ${JSON.stringify(resource)}, expected one resource by its plural name; wildcards are not least privilege`,
    );
  }
  if (apiGroup !== undefined) {
    if (/^([a-z][a-z0-9.-]*)?$/.test(apiGroup)) return apiGroup;
    throw new RangeError(`${where}.apiGroup is ${JSON.stringify(apiGroup)}, expected the name of one API group`);
  }
  const group = Object.entries(RESOURCES).find(([, resources]) => (resources as readonly string[]).includes(resource));
  if (group !== undefined) return group[0];
  throw new RangeError(
    `${where}.resource is "${resource}", which Kubernetes does not have; name the apiGroup of a custom resource`,
  );
}

// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
function checkNames(names: readonly string[], verbs: readonly Verb[], where: string): void {
  if (names.length === 0) {
    throw new RangeError(`${where}.names is empty, which Kubernetes reads as all names; name them, or leave names out`);
  }
  const wrong = names.find((name) => typeof name !== 'string' || name === '' || name.includes('*'));
  if (wrong !== undefined) {
    throw new RangeError(
      `${where}.names has ${JSON.stringify(wrong)}, expected names in full, because Kubernetes compares them literally`,
    );
  }
  const unnamed = verbs.find((verb) => verb === 'create' || verb === 'deletecollection');
  if (unnamed !== undefined) {
    throw new RangeError(
      `${where}.names cannot restrict ${unnamed}: when Kubernetes authorizes it, no object's name is known; put ${unnamed} into a rule of its own`,
    );
  }
}

const WRITES: readonly Verb[] = ['create', 'update', 'patch'];
const READS: readonly Verb[] = ['get', 'list', 'watch'];
const RUNS_PODS = 'runs pods as any service account of the namespace';

// What leads to more than it says: https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
const DANGERS: readonly (readonly [group: string, resources: RegExp, verbs: readonly Verb[], what: string])[] = [
  ['', /^secrets$/, READS, 'reads every secret it covers'],
  ['', /^secrets$/, WRITES, 'can make tokens of service accounts and replace credentials'],
  ['', /^pods$/, WRITES, RUNS_PODS],
  ['', /^(replicationcontrollers|podtemplates)$/, WRITES, RUNS_PODS],
  ['apps', /^(daemonsets|deployments|replicasets|statefulsets|controllerrevisions)$/, WRITES, RUNS_PODS],
  ['batch', /^(cronjobs|jobs)$/, WRITES, RUNS_PODS],
  ['', /^pods\/(attach|exec|ephemeralcontainers)$/, VERBS, 'runs commands inside of pods'],
  ['', /^pods\/(portforward|proxy)$|^services\/proxy$/, VERBS, 'reaches pods past their network policies'],
  ['', /^serviceaccounts\/token$/, WRITES, 'makes tokens of service accounts'],
  ['rbac.authorization.k8s.io', /^(roles|rolebindings)$/, WRITES, 'changes who may do what'],
  ['networking.k8s.io', /^networkpolicies$/, [...WRITES, 'delete', 'deletecollection'], 'opens the network of pods'],
];

function dangerOf(apiGroup: string, resource: string, verbs: readonly Verb[]): string | undefined {
  return DANGERS.find(
    ([group, resources, dangerous]) =>
      group === apiGroup && resources.test(resource) && verbs.some((verb) => dangerous.includes(verb)),
  )?.[3];
}

// Whoever is in these is everybody, or above all rules already.
const EVERYBODY = /^system:(anonymous|authenticated|unauthenticated|masters|serviceaccounts(:.*)?)$/;

function renderSubject(to: Grantee, namespace: string | undefined, where: string) {
  const apiGroup = 'rbac.authorization.k8s.io';
  if ('group' in to) return { apiGroup, kind: 'Group', name: somebody(to.group, `${where}: to.group`) };
  if ('user' in to) return { apiGroup, kind: 'User', name: somebody(to.user, `${where}: to.user`) };
  const subject = to.toSubjectConfiguration();
  if (subject.kind !== 'ServiceAccount') {
    return { apiGroup, kind: subject.kind, name: somebody(subject.name, `${where}: to`) };
  }
  if (subject.name === 'default') {
    throw new RangeError(
      `${where}: to is the default service account, which every pod without one shares; give ${to.node.path} its own`,
    );
  }
  const place = subject.namespace ?? namespaceOf(to) ?? namespace;
  if (place === undefined) {
    throw new RangeError(
      `${where}: the namespace of ${to.node.path} is not known, and Kubernetes finds service accounts by it; compose it in a HardenedNamespace, or set the chart's namespace`,
    );
  }
  return { kind: subject.kind, name: subject.name, namespace: place };
}

function somebody(name: string, where: string): string {
  if (typeof name === 'string' && name !== '' && !EVERYBODY.test(name)) return name;
  throw new RangeError(`${where} is ${JSON.stringify(name)}, expected some people, not everybody`);
}
