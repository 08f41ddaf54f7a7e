import fc from 'fast-check';
import type { Json, JsonObject } from '../../inventory';
import type { PodTemplate } from './workloads';

export interface PodOptions {
  /**
   * Whether the API server (with `--allow-privileged`) accepts each pod when it is created. Without it, the pods also
   * hold ephemeral containers and combinations that only a decoder accepts.
   */
  readonly valid: boolean;
}

/**
 * Pod templates, biased towards the edges of what controls look at: absent, null and empty fields, both levels set,
 * Windows, user namespaces, every type of volume. Half of them are hardened but for a few fields.
 */
export function podTemplates({ valid }: PodOptions): fc.Arbitrary<PodTemplate> {
  return fc.oneof(template(1, valid), template(30, valid)).map((pod) => (valid ? admissible(pod) : pod));
}

const absent = Symbol('absent');
type Field = fc.Arbitrary<Json | typeof absent>;

/** An object of those fields that are there. */
function fields(model: Record<string, Field>): fc.Arbitrary<JsonObject> {
  return fc
    .record(model)
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== absent)) as JsonObject);
}

const nothing = fc.constantFrom<Json | typeof absent>(absent, absent, null);
const sometimes = (value: fc.Arbitrary<Json>): Field => fc.oneof(value, nothing, nothing);
const few = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { maxLength: 2 });
const one = (...values: Json[]): fc.Arbitrary<Json> => fc.constantFrom(...values);

/** `weight` is how much likelier a hardened value is than any other. */
function template(weight: number, valid: boolean): fc.Arbitrary<PodTemplate> {
  const prefer = (good: Field, ...others: Field[]): Field =>
    fc.oneof({ arbitrary: good, weight }, ...others.map((arbitrary) => ({ arbitrary, weight: 1 })));
  const flag = (good: boolean) => prefer(one(good), one(!good), nothing);
  const off = prefer(nothing, one(true), one(false));
  const onlyWild = (...values: Json[]) => (valid ? [] : [one(...values)]);

  const profile = prefer(
    fc.oneof(one({ type: 'RuntimeDefault' }, { type: 'Localhost', localhostProfile: 'app.json' }), nothing),
    one({ type: 'Unconfined' }),
    ...onlyWild({}, { type: '' }, { type: null }, { type: 'runtime/default' }),
  );
  const seLinuxOptions = prefer(
    nothing,
    fields({
      type: sometimes(one('', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t', 'spc_t')),
      user: prefer(nothing, one('', 'system_u')),
      role: prefer(nothing, one('', 'system_r')),
      level: sometimes(one('s0:c1,c2')),
    }),
  );
  const windowsOptions = prefer(nothing, fields({ hostProcess: off, runAsUserName: sometimes(one('ContainerUser')) }));
  const runAsUser = prefer(fc.oneof(one(1, 1000, 10001), nothing), one(0));

  const containerSecurity = fields({
    allowPrivilegeEscalation: flag(false),
    privileged: off,
    capabilities: prefer(
      fields({ drop: one(['ALL'], ['NET_RAW', 'ALL']), add: sometimes(one(['NET_BIND_SERVICE'], [])) }),
      fields({
        drop: sometimes(one([], ['ALL'], ['all'], ['NET_RAW'], ['CHOWN', 'ALL'])),
        add: sometimes(few(capabilities)),
      }),
      nothing,
    ),
    procMount: prefer(nothing, one('Default', 'Unmasked'), ...onlyWild('', 'Other')),
    readOnlyRootFilesystem: flag(true),
    runAsNonRoot: prefer(fc.oneof(one(true), nothing), one(false)),
    runAsUser,
    seccompProfile: profile,
    appArmorProfile: profile,
    seLinuxOptions,
    windowsOptions,
  });

  const host = prefer(nothing, one('', '127.0.0.1', '169.254.169.254'));
  const httpGet = fields({ port: one(8080, 'http'), path: sometimes(one('/healthz')), host });
  const tcpSocket = fields({ port: one(6379), host });
  const handler = fc.oneof(
    fields({ httpGet }),
    fields({ tcpSocket }),
    one({ exec: { command: ['true'] } }),
    ...(valid ? [] : [fields({ httpGet, tcpSocket }), one({}, { httpGet: {} }, { httpGet: null })]),
  );
  const probed = {
    livenessProbe: sometimes(handler),
    readinessProbe: sometimes(handler),
    startupProbe: sometimes(handler),
    lifecycle: sometimes(fields({ postStart: sometimes(handler), preStop: sometimes(handler) })),
  };

  // The API server reads null as the amount 0, which no request may exceed.
  const amount = (value: string) => fc.oneof(one(value), valid ? fc.constant(absent) : nothing);
  const amounts = (cpu: string, memory: string) => sometimes(fields({ cpu: amount(cpu), memory: amount(memory) }));
  const container = fields({
    image: one(
      'app',
      'app:latest',
      'app:1.4.2',
      'localhost:5000/app',
      'localhost:5000/app:1',
      `app@sha256:${'5'.repeat(64)}`,
    ),
    securityContext: prefer(containerSecurity, nothing, one({})),
    ports: prefer(
      fc.oneof(one([{}]), nothing),
      fc.array(fields({ hostPort: fc.oneof(one('same', 0), nothing), protocol: sometimes(one('UDP', 'TCP')) }), {
        maxLength: 3,
      }) as Field,
    ),
    env: sometimes(
      fc.subarray([
        { name: 'DB_PASSWORD', value: 'hunter2' },
        { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
        { name: 'CLIENT_SECRET', value: '$(API_TOKEN)' },
        { name: 'SECRET_NAME', value: 'api' },
        { name: 'LOG_LEVEL', value: null },
      ]) as fc.Arbitrary<Json>,
    ),
    resources: sometimes(fields({ requests: amounts('100m', '64Mi'), limits: amounts('200m', '128Mi') })),
  });
  const mainContainer = fc.tuple(container, fields(probed)).map(([base, probes]) => ({ ...base, ...probes }));
  const initContainer = fc.oneof(
    container,
    mainContainer.map((sidecar) => ({ ...sidecar, restartPolicy: 'Always' })),
    ...(valid ? [] : [mainContainer]),
  );

  const podSecurity = fields({
    runAsNonRoot: flag(true),
    runAsUser,
    seccompProfile: profile,
    appArmorProfile: profile,
    seLinuxOptions,
    windowsOptions,
    sysctls: prefer(
      nothing,
      few(sysctls).map((names) => names.map((name) => ({ name, value: '1' }))),
      one([]),
    ),
    fsGroup: sometimes(one(1000)),
  });

  const type = prefer(
    fc.constantFrom(...allowedVolumes),
    fc.constantFrom(...otherVolumes),
    one({}, { emptyDir: null }),
  );
  const volumes = prefer(
    fc.oneof(nothing, fc.array(fc.constantFrom(...allowedVolumes), { maxLength: 3 }) as Field),
    fc.array(type, { maxLength: 5 }) as Field,
    ...onlyWild([{ hostPath: {} }], [{ configMap: { name: 'a' }, hostPath: { path: '/' } }], [{ unknown: {} }]),
  );

  const annotation = prefer(
    one('runtime/default', 'localhost/app'),
    one('unconfined'),
    ...onlyWild('', 'docker/default', 'other'),
  );
  const annotations = prefer(
    nothing,
    fields(
      Object.fromEntries(
        [
          'seccomp.security.alpha.kubernetes.io/pod',
          'container.seccomp.security.alpha.kubernetes.io/c0',
          'container.seccomp.security.alpha.kubernetes.io/i0',
          'container.apparmor.security.beta.kubernetes.io/c0',
          ...(valid
            ? []
            : [
                'container.apparmor.security.beta.kubernetes.io/gone',
                'container.seccomp.security.alpha.kubernetes.io/gone',
              ]),
        ].map((key) => [key, prefer(fc.constant(absent), annotation)]),
      ),
    ),
  );

  return fc
    .record({
      metadata: fields({ annotations }),
      containers: fc.array(mainContainer, { minLength: 1, maxLength: 3 }),
      initContainers: fc.array(initContainer, { maxLength: 2 }),
      ephemeralContainers: fc.array(container, { maxLength: valid ? 0 : 2 }),
      rest: fields({
        securityContext: prefer(podSecurity, nothing, one({})),
        hostNetwork: off,
        hostPID: off,
        hostIPC: off,
        hostUsers: prefer(nothing, one(false), one(true)),
        os: prefer(nothing, one({ name: 'linux' }), one({ name: 'windows' }), ...onlyWild({}, { name: null })),
        shareProcessNamespace: off,
        automountServiceAccountToken: flag(false),
        serviceAccountName: prefer(one('app'), one('default'), nothing),
        restartPolicy: prefer(nothing, one('Always', 'OnFailure', 'Never')),
        resources: prefer(nothing, fields({ requests: amounts('4', '4Gi'), limits: amounts('8', '8Gi') })),
        volumes: volumes as Field,
      }),
    })
    .map(({ metadata, rest, ...lists }) => {
      const spec: Record<string, Json> = { ...rest };
      if (Array.isArray(rest.volumes)) {
        spec.volumes = rest.volumes.map((volume, index) => ({ name: `v${index}`, ...(volume as JsonObject) }));
      }
      for (const [list, containers] of Object.entries<readonly JsonObject[]>(lists)) {
        if (containers.length > 0) spec[list] = containers.map((base, index) => named(base, list, index));
      }
      return { metadata, spec };
    });
}

/** With a name and with ports that nothing else in the pod has. */
function named(container: JsonObject, list: string, index: number): JsonObject {
  const name = `${list.charAt(0)}${index}`;
  if (!Array.isArray(container.ports)) return { name, ...container };
  const first = { containers: 8000, initContainers: 8100, ephemeralContainers: 8200 }[list] ?? 0;
  const ports = container.ports.map((port: JsonObject, at) => {
    const containerPort = first + index * 10 + at;
    return { containerPort, ...port, ...(port.hostPort === 'same' && { hostPort: containerPort }) };
  });
  return { name, ...container, ports };
}

const capabilities = [
  ...[
    'ALL',
    'AUDIT_WRITE',
    'CHOWN',
    'DAC_OVERRIDE',
    'FOWNER',
    'FSETID',
    'KILL',
    'MKNOD',
    'NET_ADMIN',
    'NET_BIND_SERVICE',
  ],
  ...['NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE', 'chown'],
];

const sysctls = [
  'kernel.msgmax',
  'kernel.shm_rmid_forced',
  'net.core.somaxconn',
  ...['ip_local_port_range', 'ip_local_reserved_ports', 'ip_unprivileged_port_start', 'ping_group_range'].map(ipv4),
  ...['tcp_fin_timeout', 'tcp_keepalive_intvl', 'tcp_keepalive_probes', 'tcp_keepalive_time', 'tcp_mem'].map(ipv4),
  ...['tcp_notsent_lowat', 'tcp_rmem', 'tcp_slow_start_after_idle', 'tcp_syncookies', 'tcp_wmem'].map(ipv4),
];

function ipv4(name: string): string {
  return `net.ipv4.${name}`;
}

const allowedVolumes: JsonObject[] = [
  { configMap: { name: 'flags' } },
  { csi: { driver: 'csi.example' } },
  { downwardAPI: { items: [] } },
  { emptyDir: {} },
  { emptyDir: { sizeLimit: '64Mi' } },
  {
    ephemeral: {
      volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    },
  },
  { image: { reference: 'app:1', pullPolicy: 'IfNotPresent' } },
  { persistentVolumeClaim: { claimName: 'data' } },
  { projected: { sources: [] } },
  { secret: { secretName: 'db' } },
];

const otherVolumes: JsonObject[] = [
  { awsElasticBlockStore: { volumeID: 'vol-1' } },
  { azureDisk: { diskName: 'disk', diskURI: 'https://disk.example/disk.vhd', kind: 'Dedicated' } },
  { azureFile: { secretName: 'share', shareName: 'share' } },
  { cephfs: { monitors: ['10.0.0.1:6789'] } },
  { cinder: { volumeID: 'vol-1' } },
  { fc: { targetWWNs: ['500a0982991b8dc5'], lun: 2 } },
  { flexVolume: { driver: 'example/flex' } },
  { flocker: { datasetName: 'data' } },
  { gcePersistentDisk: { pdName: 'disk' } },
  { gitRepo: { repository: 'https://git.example/app.git' } },
  { glusterfs: { endpoints: 'gluster', path: 'data' } },
  { hostPath: { path: '/var/log' } },
  { iscsi: { targetPortal: '10.0.0.1:3260', iqn: 'iqn.2001-04.com.example:storage.disk1', lun: 0 } },
  { nfs: { server: '10.0.0.1', path: '/' } },
  { photonPersistentDisk: { pdID: 'disk' } },
  { portworxVolume: { volumeID: 'vol-1' } },
  { quobyte: { registry: '10.0.0.1:7861', volume: 'data' } },
  { rbd: { monitors: ['10.0.0.1:6789'], image: 'disk' } },
  { scaleIO: { gateway: 'https://gateway.example', system: 'sio', secretRef: { name: 'sio' }, volumeName: 'data' } },
  { storageos: { volumeName: 'data' } },
  { vsphereVolume: { volumePath: '[datastore] disk' } },
];

/** What the API server refuses on pods of one operating system (k8s.io/api/core/v1, PodSpec.os). */
const linuxOnly = {
  pod: ['hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace', 'resources'],
  podSecurity: ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'sysctls', 'fsGroup', 'runAsUser'],
  containerSecurity: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'capabilities',
    'readOnlyRootFilesystem',
    'privileged',
    'allowPrivilegeEscalation',
    'procMount',
    'runAsUser',
  ],
};

/** The pod without what the API server's validation says cannot be together. */
function admissible({ metadata = {}, spec }: PodTemplate): PodTemplate {
  const windows = isObject(spec.os) && spec.os.name === 'windows';
  const linux = isObject(spec.os) && spec.os.name === 'linux';
  const pod = without(spec, windows ? linuxOnly.pod : []);
  if (pod.hostUsers === false) for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) delete pod[field];
  if (pod.hostPID === true) delete pod.shareProcessNamespace;

  const annotations = isObject(metadata.annotations)
    ? without(
        metadata.annotations,
        Object.keys(metadata.annotations).filter((key) => windows || key.includes('seccomp')),
      )
    : {};
  const appArmor = Object.keys(annotations).length > 0 ? ['appArmorProfile'] : [];
  const forOs = [...(linux ? ['windowsOptions'] : []), ...appArmor];

  // A HostProcess pod is one as a whole, and on the node's network.
  const hostProcess = !linux && pod.hostNetwork === true && isHostProcess(pod.securityContext);
  const alike = (context: Record<string, Json>) => {
    if (isObject(context.windowsOptions)) {
      context.windowsOptions = { ...context.windowsOptions, hostProcess: hostProcess || null };
    }
    return context;
  };

  if (isObject(pod.securityContext)) {
    const context = without(pod.securityContext, [...(windows ? linuxOnly.podSecurity : []), ...forOs]);
    pod.securityContext = alike(context);
    if (Array.isArray(context.sysctls)) {
      context.sysctls = context.sysctls.filter(
        ({ name }: JsonObject) =>
          !(pod.hostNetwork === true && String(name).startsWith('net.')) &&
          !(pod.hostIPC === true && String(name).startsWith('kernel.')),
      );
    }
  }
  for (const list of ['initContainers', 'containers']) {
    if (!Array.isArray(pod[list])) continue;
    pod[list] = pod[list].map((container: JsonObject) => {
      if (!isObject(container.securityContext)) return container;
      const context = without(container.securityContext, [...(windows ? linuxOnly.containerSecurity : []), ...forOs]);
      if (context.privileged === true) delete context.allowPrivilegeEscalation;
      if (pod.hostUsers !== false) delete context.procMount;
      return { ...container, securityContext: alike(context) };
    });
  }
  return { metadata: { ...metadata, annotations }, spec: pod };
}

function isHostProcess(context: Json | undefined): boolean {
  return isObject(context) && isObject(context.windowsOptions) && context.windowsOptions.hostProcess === true;
}

function without(value: JsonObject, keys: readonly string[]): Record<string, Json> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
