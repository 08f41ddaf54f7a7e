/**
 * The elements that a clause may be about: "each container", "each volume", "the pod".
 *
 * A place is data, so that the same clause can be walked in process, where the exact path of an element is known,
 * and be written as one CEL expression for the API server.
 */
export interface Place {
  /** The name of the element in CEL, and of its kind in messages. */
  readonly as: string;
  /** Where the walk starts: the pod spec, the pod's metadata, the object itself, or each element of another place. */
  readonly from: 'pod' | 'metadata' | 'object' | Place;
  /** Lists of objects below the start, dotted; absent where the start is the element. */
  readonly lists?: readonly string[];
  /** Whether `lists` are maps, whose keys are the elements. @default false */
  readonly keys?: boolean;
  /** CEL (string) that names one element for a person. */
  readonly label?: string;
}

export const object: Place = { as: 'object', from: 'object' };
export const pod: Place = { as: 'pod', from: 'pod' };
export const podMetadata: Place = { as: 'metadata', from: 'metadata' };

/** Every container: init, regular and ephemeral, as Pod Security Admission visits them. */
export const container: Place = {
  as: 'container',
  from: 'pod',
  lists: ['initContainers', 'containers', 'ephemeralContainers'],
  label: 'container.name',
};
/** Init and regular containers: an ephemeral one may set neither resources nor ports. */
export const plannedContainer: Place = { ...container, lists: ['initContainers', 'containers'] };
/** Regular containers alone: those that run for the pod's whole life. */
export const mainContainer: Place = { ...container, lists: ['containers'] };

export const volume: Place = { as: 'volume', from: 'pod', lists: ['volumes'], label: 'volume.name' };
export const sysctl: Place = { as: 'sysctl', from: 'pod', lists: ['securityContext.sysctls'], label: 'sysctl.name' };
export const port: Place = { as: 'port', from: container, lists: ['ports'], label: 'string(port.containerPort)' };
export const environmentVariable: Place = { as: 'env', from: container, lists: ['env'], label: 'env.name' };
export const podAnnotation: Place = {
  as: 'annotation',
  from: 'metadata',
  lists: ['annotations'],
  keys: true,
  label: 'annotation',
};

/** The rules of a Role or ClusterRole. */
export const rule: Place = { as: 'rule', from: 'object', lists: ['rules'] };
/** The subjects of a RoleBinding or ClusterRoleBinding. */
export const subject: Place = { as: 'subject', from: 'object', lists: ['subjects'], label: 'subject.name' };
