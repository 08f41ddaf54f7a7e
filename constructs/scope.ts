import { type ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { latestKubernetes, type Minor, type Profile, parseKubernetes, parseProfile } from '../controls';

/** Context key for the Kubernetes minor that everything below a construct is made for, such as `1.37`. */
export const KUBERNETES_CONTEXT = 'casemate:kubernetes';
/** Context key for the profile of controls that everything below a construct is hardened to. */
export const PROFILE_CONTEXT = 'casemate:profile';

const namespaces = new WeakMap<IConstruct, string>();

/** Lets everything composed below `construct` belong to the namespace `name`. */
export function holdsNamespace(construct: IConstruct, name: string): void {
  namespaces.set(construct, name);
}

/** Whether a namespace that casemate hardens holds the construct. */
export function isInHardenedNamespace(construct: IConstruct): boolean {
  return hardenedNamespaceOf(construct) !== undefined;
}

/** The namespace of what is composed at `construct`; undefined where it is left to whoever applies the manifests. */
export function namespaceOf(construct: IConstruct): string | undefined {
  return hardenedNamespaceOf(construct) ?? Chart.of(construct).namespace;
}

function hardenedNamespaceOf(construct: IConstruct): string | undefined {
  for (let at: IConstruct | undefined = construct; at !== undefined; at = at.node.scope) {
    const name = namespaces.get(at);
    if (name !== undefined) return name;
  }
  return undefined;
}

/**
 * The namespace that an object is put into: its own, else that of the place where it is composed. What cdk8s takes from
 * the chart counts as not said, because a hardened namespace is nearer.
 */
export function placeOf(object: ApiObject): string | undefined {
  if (isClusterScoped(object)) return undefined;
  const own = object.metadata.namespace;
  return own !== undefined && own !== Chart.of(object).namespace ? own : (namespaceOf(object) ?? own);
}

/** @throws RangeError where the context names a version that casemate does not know */
export function kubernetesOf(construct: IConstruct): Minor {
  const version: unknown = construct.node.tryGetContext(KUBERNETES_CONTEXT);
  return version === undefined ? latestKubernetes : parseKubernetes(String(version));
}

/** @throws RangeError where the context names a profile that does not exist */
export function profileOf(construct: IConstruct): Profile {
  const profile: unknown = construct.node.tryGetContext(PROFILE_CONTEXT);
  return profile === undefined ? 'hardened' : parseProfile(String(profile));
}

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The name of an object whose construct has the id `id`: readable, and the same wherever the construct is moved.
 *
 * @throws RangeError where it is no DNS label, which Services and namespaces need (RFC 1123)
 */
export function nameOf(scope: IConstruct, id: string, given?: string): string {
  const name = given ?? id;
  if (DNS_LABEL.test(name)) return name;
  const path = pathBelow(scope, id);
  throw new RangeError(
    given === undefined
      ? `${path}: the id "${id}" cannot be a name in Kubernetes: expected at most 63 lower case letters, digits and dashes; choose such an id, or set metadata.name`
      : `${path}: metadata.name is "${given}", expected at most 63 lower case letters, digits and dashes`,
  );
}

/** The path that a construct will have. */
export function pathBelow(scope: IConstruct, id: string): string {
  return scope.node.path === '' ? id : `${scope.node.path}/${id}`;
}

// Kinds of Kubernetes' own that belong to no namespace (`kubectl api-resources --namespaced=false`).
const CLUSTER_SCOPED = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/ResourceSlice',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
]);

function isClusterScoped({ apiGroup, kind }: ApiObject): boolean {
  return CLUSTER_SCOPED.has(`${apiGroup === 'core' ? '' : apiGroup}/${kind}`);
}
