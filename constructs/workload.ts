import { ApiObject, type ApiObjectMetadata, JsonPatch, type Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Connections } from './connections';
import { hardenUnstated } from './harden';
import { type ProbeProps, renderProbe } from './probe';
import { toContainerResources, toSize, type WorkloadResources } from './resources';
import { nameOf, namespaceOf, pathBelow } from './scope';
import { StatedPodSecurity } from './security-context';

/** The label that workloads are selected by. It does not change when a construct moves, as selectors may not. */
export const NAME_LABEL = 'app.kubernetes.io/name';

/** A port of the workload and of its Service. */
export interface WorkloadPort extends kplus.ContainerPort {
  /** The port of the Service. @default - the same number */
  readonly servicePort?: number;
}

/** What SecureDeployment and SecureStatefulSet have in common. */
export interface SecureWorkloadProps
  extends Omit<kplus.WorkloadProps, 'automountServiceAccountToken' | 'containers' | 'isolate' | 'select' | 'spread'> {
  /** Image with a tag other than `latest`, or better a digest: `ghcr.io/acme/cart:1.4.2@sha256:…`. */
  readonly image: string;
  /** What the container asks for, and the most that it gets. */
  readonly resources: WorkloadResources;
  /** The only port; shorthand for `ports`. @default - none */
  readonly port?: number;
  /** The Service's port for `port`. @default - the same number */
  readonly servicePort?: number;
  /** All ports, where there are several: each needs a name then. @default - none */
  readonly ports?: readonly WorkloadPort[];
  /** Asked for readiness and liveness, and for as long as 150 s after the start. @default - none */
  readonly probe?: ProbeProps;
  /** @default - `probe` */
  readonly readiness?: ProbeProps | false;
  /** @default - `probe` */
  readonly liveness?: ProbeProps | false;
  /** @default - `probe`, 30 times, every 5 s */
  readonly startup?: ProbeProps | false;
  /** Environment variable → value. @default - none */
  readonly env?: Readonly<Record<string, string | kplus.EnvValue>>;
  /** @default - none */
  readonly envFrom?: readonly kplus.EnvFrom[];
  /** @default - the image's entry point */
  readonly command?: readonly string[];
  /** @default - the image's arguments */
  readonly args?: readonly string[];
  /** @default - the image's working directory */
  readonly workingDir?: string;
  /**
   * Paths that may be written, and how much: `{ '/tmp': '64Mi' }`. All others are read-only. What is written is gone
   * with the pod.
   *
   * @default - none
   */
  readonly writable?: Readonly<Record<string, string | Size>>;
  /** @default kplus.ImagePullPolicy.ALWAYS */
  readonly imagePullPolicy?: kplus.ImagePullPolicy;
  /** What the container's security context states; the controls fill in the rest. @default - nothing */
  readonly containerSecurityContext?: kplus.ContainerSecurityContextProps;
}

/** The props of a workload, checked and said in the words of cdk8s-plus. */
export interface WorkloadPlan {
  readonly path: string;
  readonly name: string;
  readonly metadata: ApiObjectMetadata;
  readonly ports: readonly WorkloadPort[];
  readonly kplus: kplus.WorkloadProps;
}

/** @throws RangeError that names the construct, the field, what was found and what is expected */
export function planWorkload(scope: Construct, id: string, props: SecureWorkloadProps): WorkloadPlan {
  const path = pathBelow(scope, id);
  const name = nameOf(scope, id, props.metadata?.name);
  const namespace = props.metadata?.namespace ?? namespaceOf(scope);
  const labels = { [NAME_LABEL]: name };
  const metadata = {
    ...props.metadata,
    name,
    ...(namespace !== undefined && { namespace }),
    labels: { ...props.metadata?.labels, ...labels },
  };
  const ports = portsOf(props, path);
  const container: kplus.ContainerProps = {
    name,
    image: pinned(props.image, path),
    ports: ports.map(({ servicePort: _, ...port }) => port),
    resources: toContainerResources(requireResources(props, path), path),
    envVariables: Object.fromEntries(
      Object.entries(props.env ?? {}).map(([key, value]) => [
        key,
        typeof value === 'string' ? kplus.EnvValue.fromValue(value) : value,
      ]),
    ),
    envFrom: [...(props.envFrom ?? [])],
    ...(props.command !== undefined && { command: [...props.command] }),
    ...(props.args !== undefined && { args: [...props.args] }),
    ...(props.workingDir !== undefined && { workingDir: props.workingDir }),
    ...(props.imagePullPolicy !== undefined && { imagePullPolicy: props.imagePullPolicy }),
    ...(props.containerSecurityContext !== undefined && { securityContext: props.containerSecurityContext }),
  };
  const podMetadata = { ...props.podMetadata, labels: { ...props.podMetadata?.labels, ...labels } };
  return {
    path,
    name,
    metadata,
    ports,
    kplus: { ...props, metadata, podMetadata, containers: [container], select: false },
  };
}

/** How pods of the workload are selected: by its name, in its namespace. */
export function selectorOf(workload: kplus.Workload): kplus.PodSelectorConfig {
  const { namespace } = workload.metadata;
  return {
    labelSelector: kplus.LabelSelector.of({ labels: { [NAME_LABEL]: workload.name } }),
    ...(namespace !== undefined && { namespaces: { names: [namespace] } }),
  };
}

/** The parts of a workload that stand beside its pods. */
export interface WorkloadParts {
  readonly connections: Connections;
  readonly serviceAccount: kplus.IServiceAccount;
  readonly securityContext: StatedPodSecurity;
}

/** Makes what belongs to a workload, and lets the controls fill in what nobody decided. */
export function completeWorkload(
  workload: kplus.Workload,
  plan: WorkloadPlan,
  props: SecureWorkloadProps,
  replicas: number,
): WorkloadParts {
  checkReplicas(replicas, plan.path);
  workload.select(selectorOf(workload).labelSelector);
  const metadata = sharedMetadata(plan);
  const object = ApiObject.of(workload);
  const patch = (path: string, value: unknown) => object.addJsonPatch(JsonPatch.add(path, value));

  for (const [kind, probe] of probesOf(props, plan)) {
    patch(`/spec/template/spec/containers/0/${kind}Probe`, probe);
  }
  for (const [path, limit] of Object.entries(props.writable ?? {})) makeWritable(workload, path, limit);

  if (replicas > 1) {
    const labelSelector = { matchLabels: { [NAME_LABEL]: plan.name } };
    patch(
      '/spec/template/spec/topologySpreadConstraints',
      ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector,
      })),
    );
    new ApiObject(workload, 'PodDisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      // AlwaysAllow: pods that are broken anyway do not keep a node from being drained (KEP-3017).
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: labelSelector },
    });
  }

  hardenUnstated(workload);
  return {
    connections: new Connections(workload),
    serviceAccount:
      props.serviceAccount ??
      // The cast only hides that cdk8s-plus was not compiled with exactOptionalPropertyTypes.
      (new kplus.ServiceAccount(workload, 'ServiceAccount', { metadata }) as kplus.IServiceAccount),
    securityContext: new StatedPodSecurity(props.securityContext),
  };
}

/** The Service of a workload's name, for all its ports. */
export function makeService(
  scope: Construct,
  id: string,
  plan: WorkloadPlan,
  options: Pick<kplus.ServiceProps, 'clusterIP' | 'selector'> = {},
): kplus.Service {
  return new kplus.Service(scope, id, {
    metadata: sharedMetadata(plan),
    ports: plan.ports.map(({ number, servicePort, name, protocol }) => ({
      port: servicePort ?? number,
      targetPort: number,
      ...(name !== undefined && { name }),
      ...(protocol !== undefined && { protocol }),
    })),
    ...options,
  });
}

function sharedMetadata({ name, metadata: { namespace } }: WorkloadPlan): ApiObjectMetadata {
  return { name, ...(namespace !== undefined && { namespace }), labels: { [NAME_LABEL]: name } };
}

export interface MountSecretOptions {
  /** Folder in which each key of the secret is a file. @default - `/etc/secrets/` and the secret's name */
  readonly path?: string;
  /** Mode of the files; the pod's fsGroup may read them as well. @default 0o400 */
  readonly mode?: number;
}

// The group of users that distroless images call nonroot; any group that is not root's does.
export const VOLUME_GROUP = 65532;

/** Lets the workload's first container read a secret as files. */
export function mountSecret(
  workload: kplus.Workload & { readonly securityContext: kplus.PodSecurityContext },
  secret: kplus.ISecret,
  options: MountSecretOptions = {},
): void {
  const volume = kplus.Volume.fromSecret(workload, `Secret ${secret.name}`, secret, {
    name: `secret-${secret.name}`,
    defaultMode: options.mode ?? 0o400,
  });
  workload.containers[0]?.mount(options.path ?? `/etc/secrets/${secret.name}`, volume, { readOnly: true });
  // Without a group, the files belong to root alone, and the processes do not run as root.
  if (workload.securityContext instanceof StatedPodSecurity) workload.securityContext.readVolumesAs(VOLUME_GROUP);
}

function makeWritable(workload: kplus.Workload, path: string, limit: string | Size): void {
  const where = `${workload.node.path}: writable["${path}"]`;
  const sizeLimit = toSize(limit, where);
  const name = volumeNameOf(path, where);
  if (workload.containers[0]?.mounts.some(({ volume }) => volume.name === name)) {
    throw new RangeError(
      `${where}: its volume would be named "${name}", as another's is; make a volume with addVolume`,
    );
  }
  const volume = kplus.Volume.fromEmptyDir(workload, `Writable ${path}`, name, { sizeLimit });
  workload.containers[0]?.mount(path, volume);
}

/**
 * The name of the volume for a path: `var-cache` for `/var/cache`.
 *
 * @throws RangeError where the path is not absolute, or is the root
 */
export function volumeNameOf(path: string, where: string): string {
  const name = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  if (path.startsWith('/') && name !== '' && name.length <= 63) return name;
  throw new RangeError(`${where}: the path is "${path}", expected an absolute path below / such as "/tmp"`);
}

function* probesOf(props: SecureWorkloadProps, plan: WorkloadPlan): Iterable<readonly [string, kplus.k8s.Probe]> {
  const render = (probe: ProbeProps, field: string) =>
    renderProbe(probe, plan.ports[0]?.number, `${plan.path}: ${field}`);
  const common = props.probe && render(props.probe, 'probe');
  const defaults = {
    readiness: common,
    liveness: common,
    startup: common && { failureThreshold: 30, ...common, periodSeconds: 5 },
  };
  for (const kind of ['readiness', 'liveness', 'startup'] as const) {
    const own = props[kind];
    const probe = own === undefined ? defaults[kind] : own && render(own, kind);
    if (probe) yield [kind, probe];
  }
}

function portsOf(props: SecureWorkloadProps, path: string): readonly WorkloadPort[] {
  const { port, ports = [], servicePort } = props;
  for (const number of [port, servicePort, ...ports.flatMap((each) => [each.number, each.servicePort])]) {
    if (number === undefined || (Number.isInteger(number) && number >= 1 && number <= 65535)) continue;
    throw new RangeError(`${path}: port is ${number}, expected a whole number from 1 to 65535`);
  }
  if (port === undefined) {
    if (ports.length > 1 && ports.some(({ name }) => name === undefined)) {
      throw new RangeError(`${path}: ports has one without a name, expected a name for each where there are several`);
    }
    return ports;
  }
  if (ports.length > 0) throw new RangeError(`${path}: port and ports are both set, expected one of them`);
  return [{ number: port, ...(servicePort !== undefined && { servicePort }) }];
}

function requireResources(props: SecureWorkloadProps, path: string): WorkloadResources {
  const { resources } = props as Partial<SecureWorkloadProps>;
  if (resources?.cpu !== undefined && resources.memory !== undefined) return resources;
  throw new RangeError(
    `${path}: resources is ${JSON.stringify(resources) ?? 'absent'}, expected a request and a limit of cpu and of memory`,
  );
}

// A repository, and a tag, a digest or both (https://github.com/distribution/reference).
const IMAGE = /^[a-z0-9][\w./:-]*?(?::(?<tag>\w[\w.-]{0,127}))?(?<digest>@[a-z0-9+._-]+:[0-9a-f]{32,})?$/i;

function pinned(image: string, path: string): string {
  const { tag, digest } = IMAGE.exec(image)?.groups ?? {};
  if (digest !== undefined || (tag !== undefined && tag !== 'latest')) return image;
  const name = image.replace(/:latest$/, '') || 'ghcr.io/acme/cart';
  throw new RangeError(
    `${path}: image is ${JSON.stringify(image)}, expected a tag other than latest, or a digest, such as "${name}:1.2.3@sha256:…"`,
  );
}

function checkReplicas(replicas: number, path: string): void {
  if (Number.isSafeInteger(replicas) && replicas >= 0) return;
  throw new RangeError(`${path}: replicas is ${replicas}, expected a whole number from 0 on`);
}
