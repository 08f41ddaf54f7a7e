import { Chart, Duration, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  exempt,
  HardenedNamespace,
  SecureDeployment,
  type SecureDeploymentProps,
  SecureStatefulSet,
} from '../../constructs';
import { at, cartProps, emptyChart, firstContainer, manifest, manifests, podSpec, rootOf } from './compose';

function composed(props: Partial<SecureDeploymentProps> = {}) {
  const chart = emptyChart();
  const shop = new HardenedNamespace(chart, 'shop');
  const cart = new SecureDeployment(shop, 'cart', { ...cartProps, ...props });
  return { chart, shop, cart, deployment: () => manifest(chart, 'Deployment', 'cart') };
}

describe('names and labels', () => {
  test('are readable, and the same wherever the construct is', () => {
    const { chart, deployment } = composed();
    expect(deployment().metadata).toEqual({
      name: 'cart',
      namespace: 'shop',
      labels: { 'app.kubernetes.io/name': 'cart' },
    });
    expect(at(deployment(), 'spec.selector')).toEqual({ matchLabels: { 'app.kubernetes.io/name': 'cart' } });
    expect(at(deployment(), 'spec.template.metadata.labels')).toMatchObject({ 'app.kubernetes.io/name': 'cart' });
    const own = manifests(chart).filter((value) => at(value, 'metadata.name') === 'cart');
    expect(own.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
  });

  test('an id that can be no name is an error with the path', () => {
    expect(() => composed().shop && new SecureDeployment(emptyChart(), 'Cart_1', cartProps)).toThrow(
      'test/Cart_1: the id "Cart_1" cannot be a name in Kubernetes',
    );
  });

  test('two objects of one name in one chart are an error that names both constructs', () => {
    const { chart, shop } = composed();
    new SecureDeployment(shop, 'other', { ...cartProps, metadata: { name: 'cart' } });
    expect(() => Testing.synth(chart)).toThrow(
      'test/shop/other: Deployment shop/cart is also composed at test/shop/cart; give one of them another id or metadata.name',
    );
  });

  test('two charts may hold objects of one name', () => {
    const { chart } = composed();
    const other = new Chart(rootOf(chart), 'staging');
    new SecureDeployment(new HardenedNamespace(other, 'shop'), 'cart', cartProps);
    expect(() => Testing.synth(chart)).not.toThrow();
  });

  test('labels and annotations of the metadata stay', () => {
    const { deployment } = composed({
      metadata: { labels: { team: 'shop' }, annotations: { note: 'x' } },
      podMetadata: { labels: { tier: 'back' } },
    });
    expect(deployment().metadata).toMatchObject({ labels: { team: 'shop' }, annotations: { note: 'x' } });
    expect(at(deployment(), 'spec.template.metadata.labels')).toMatchObject({ tier: 'back' });
  });
});

describe('container', () => {
  test('has image, command, environment and resources as stated', () => {
    const { deployment } = composed({
      command: ['/cart'],
      args: ['--fast'],
      workingDir: '/srv',
      env: { PORT: '7070', NODE: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.NODE_NAME) },
    });
    expect(at(deployment(), firstContainer)).toMatchObject({
      name: 'cart',
      image: 'ghcr.io/acme/cart:1.4.2',
      command: ['/cart'],
      args: ['--fast'],
      workingDir: '/srv',
      env: [
        { name: 'PORT', value: '7070' },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '300m', memory: '128Mi' } },
    });
  });

  test('resources may be said in the types of cdk8s-plus', () => {
    const { deployment } = composed({
      resources: {
        cpu: { request: kplus.Cpu.millis(50), limit: kplus.Cpu.units(1) },
        memory: { request: Size.mebibytes(32), limit: Size.gibibytes(1) },
        ephemeralStorage: { request: '1Gi', limit: '2Gi' },
      },
    });
    expect(at(deployment(), `${firstContainer}.resources`)).toEqual({
      requests: { cpu: '50m', memory: '32Mi', 'ephemeral-storage': '1Gi' },
      limits: { cpu: '1', memory: '1024Mi', 'ephemeral-storage': '2Gi' },
    });
  });

  test('is read-only but for the writable paths, which have a limit', () => {
    const { deployment } = composed({ writable: { '/tmp': '64Mi', '/var/cache/app': Size.mebibytes(16) } });
    expect(at(deployment(), `${firstContainer}.securityContext.readOnlyRootFilesystem`)).toBe(true);
    expect(at(deployment(), `${firstContainer}.volumeMounts`)).toEqual([
      { mountPath: '/tmp', name: 'tmp' },
      { mountPath: '/var/cache/app', name: 'var-cache-app' },
    ]);
    expect(at(deployment(), `${podSpec}.volumes`)).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      { name: 'var-cache-app', emptyDir: { sizeLimit: '16Mi' } },
    ]);
  });

  test.each([
    [{ image: 'redis' }, 'test/shop/cart: image is "redis", expected a tag other than latest, or a digest'],
    [
      { image: 'redis:latest' },
      'image is "redis:latest", expected a tag other than latest, or a digest, such as "redis:1.2.3@sha256:…"',
    ],
    [{ image: 'localhost:5000/redis' }, 'image is "localhost:5000/redis"'],
    [{ image: 'redis:latest@' }, 'image is "redis:latest@"'],
    [{ image: 'redis@sha256' }, 'image is "redis@sha256"'],
    [{ image: 'redis:8 --x\n' }, 'image is "redis:8 --x\\n"'],
    [{ image: '' }, 'such as "ghcr.io/acme/cart:1.2.3@sha256:…"'],
    [{ replicas: -1 }, 'test/shop/cart: replicas is -1, expected a whole number from 0 on'],
    [{ port: 99_999 }, 'test/shop/cart: port is 99999, expected a whole number from 1 to 65535'],
    [{ writable: { '/a-b': '1Mi', '/a/b': '1Mi' } }, 'writable["/a/b"]: its volume would be named "a-b"'],
    [
      { resources: undefined },
      'test/shop/cart: resources is absent, expected a request and a limit of cpu and of memory',
    ],
    [
      { resources: { cpu: { request: '2', limit: '1' }, memory: cartProps.resources.memory } },
      'test/shop/cart: resources.cpu.request is 2, expected at most its limit, which is 1',
    ],
    [
      { resources: { cpu: cartProps.resources.cpu, memory: { request: '64Mi', limit: '100M' } } },
      'test/shop/cart: resources.memory.limit is "100M", expected whole mebibytes such as "96Mi"',
    ],
    [
      { writable: { tmp: '1Mi' } },
      'test/shop/cart: writable["tmp"]: the path is "tmp", expected an absolute path below /',
    ],
    [{ writable: { '/tmp': 'big' } }, 'test/shop/cart: writable["/tmp"] is "big", expected a quantity'],
    [{ ports: [{ number: 1 }] }, 'test/shop/cart: port and ports are both set, expected one of them'],
    [{ port: undefined, ports: [{ number: 1 }, { number: 2 }] }, 'test/shop/cart: ports has one without a name'],
    [{ port: undefined, probe: { http: '/' } }, 'test/shop/cart: probe asks for / on no port; set its port'],
  ])('%j is an error that says where and what', (props, message) => {
    expect(() => composed(props as Partial<SecureDeploymentProps>)).toThrow(message);
  });

  test.each([
    'redis:8',
    'localhost:5000/redis:8',
    `redis@sha256:${'0'.repeat(64)}`,
    `redis:latest@sha256:${'0'.repeat(64)}`,
  ])('the image %s is pinned', (image) => {
    expect(at(composed({ image }).deployment(), `${firstContainer}.image`)).toBe(image);
  });
});

describe('probes', () => {
  const probes = (props: Partial<SecureDeploymentProps>) => {
    const container = at(composed(props).deployment(), firstContainer) as Record<string, unknown>;
    return [container.readinessProbe, container.livenessProbe, container.startupProbe];
  };

  test('one probe serves readiness, liveness and a patient start', () => {
    expect(probes({ probe: { grpc: 7070, periodSeconds: Duration.seconds(20) } })).toEqual([
      { grpc: { port: 7070 }, periodSeconds: 20 },
      { grpc: { port: 7070 }, periodSeconds: 20 },
      { grpc: { port: 7070 }, periodSeconds: 5, failureThreshold: 30 },
    ]);
  });

  test('each can be its own, or none', () => {
    expect(probes({ probe: { tcp: 7070 }, liveness: { exec: ['/live'] }, startup: false })).toEqual([
      { tcpSocket: { port: 7070 } },
      { exec: { command: ['/live'] } },
      undefined,
    ]);
    expect(probes({ readiness: { http: '/ready', headers: { Cookie: 'probe=1' }, scheme: 'HTTPS' } })).toEqual([
      { httpGet: { path: '/ready', port: 7070, scheme: 'HTTPS', httpHeaders: [{ name: 'Cookie', value: 'probe=1' }] } },
      undefined,
      undefined,
    ]);
  });
});

describe('what stands beside the pods', () => {
  test('a service account of their own, and no token', () => {
    const { chart, deployment } = composed();
    expect(at(deployment(), `${podSpec}.serviceAccountName`)).toBe('cart');
    expect(at(deployment(), `${podSpec}.automountServiceAccountToken`)).toBe(false);
    expect(manifest(chart, 'ServiceAccount', 'cart')).toMatchObject({ automountServiceAccountToken: false });
  });

  test('a Service for the ports, each with its own number if wanted', () => {
    const { chart } = composed({
      port: undefined as never,
      ports: [
        { number: 8080, name: 'http', servicePort: 80 },
        { number: 9090, name: 'metrics' },
      ],
    });
    expect(manifest(chart, 'Service', 'cart').spec).toMatchObject({
      selector: { 'app.kubernetes.io/name': 'cart' },
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'metrics', port: 9090, targetPort: 9090 },
      ],
    });
  });

  test('no Service where there is no port', () => {
    const { chart, cart } = composed({ port: undefined as never });
    expect(cart.service).toBeUndefined();
    expect(manifests(chart).map(({ kind }) => kind)).not.toContain('Service');
  });

  test('with several replicas a disruption budget and a spread over zones and nodes', () => {
    const { chart, deployment } = composed({ replicas: 3 });
    expect(manifest(chart, 'PodDisruptionBudget', 'cart').spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { 'app.kubernetes.io/name': 'cart' } },
    });
    const spread = at(deployment(), `${podSpec}.topologySpreadConstraints`) as { topologyKey: string }[];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
  });

  test('with one replica neither', () => {
    const { chart, deployment } = composed({ replicas: 1 });
    expect(manifests(chart).map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
    expect(at(deployment(), `${podSpec}.topologySpreadConstraints`)).toBeUndefined();
  });
});

describe('an exemption', () => {
  test('leaves the one setting to Kubernetes’ default', () => {
    const { cart, deployment } = composed();
    exempt(cart, 'read-only-root-filesystem', { reason: 'writes beside its binary', until: '2099-01-01' });
    exempt(cart, 'run-as-non-root', { reason: 'binds port 80', until: '2099-01-01' });
    const container = at(deployment(), `${firstContainer}.securityContext`) as Record<string, unknown>;
    expect(container.readOnlyRootFilesystem).toBeUndefined();
    expect(container.runAsNonRoot).toBeUndefined();
    expect(at(deployment(), `${podSpec}.securityContext.runAsNonRoot`)).toBeUndefined();
    expect(container.allowPrivilegeEscalation).toBe(false);
  });
});

describe('what cdk8s-plus can do still works', () => {
  test('sidecars and init containers are hardened like the first container', () => {
    const { cart, deployment } = composed();
    cart.addContainer({ name: 'proxy', image: 'proxy:1', securityContext: { readOnlyRootFilesystem: false } });
    cart.addInitContainer({ name: 'wait', image: 'wait:1' });
    const drop = (path: string) => at(deployment(), `${podSpec}.${path}.securityContext.capabilities.drop`);
    expect(drop('containers.1')).toEqual(['ALL']);
    expect(drop('initContainers.0')).toEqual(['ALL']);
    expect(at(deployment(), `${podSpec}.containers.1.securityContext.readOnlyRootFilesystem`)).toBe(false);
  });

  test('volumes, services and security context', () => {
    const { chart, cart, deployment } = composed({ securityContext: { user: 1000, fsGroup: 2000 } });
    cart.addVolume(kplus.Volume.fromEmptyDir(cart, 'Scratch', 'scratch', { sizeLimit: Size.mebibytes(1) }));
    cart.exposeViaService({ name: 'public', serviceType: kplus.ServiceType.LOAD_BALANCER });
    expect(at(deployment(), `${podSpec}.volumes`)).toEqual([{ name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }]);
    expect(at(deployment(), `${podSpec}.securityContext`)).toMatchObject({ runAsUser: 1000, fsGroup: 2000 });
    expect(manifest(chart, 'Service', 'public').spec).toMatchObject({
      type: 'LoadBalancer',
      selector: { 'app.kubernetes.io/name': 'cart' },
    });
  });

  test('a service account of somebody else’s making', () => {
    const chart = emptyChart();
    const serviceAccount = kplus.ServiceAccount.fromServiceAccountName(chart, 'account', 'robot');
    new SecureDeployment(chart, 'cart', { ...cartProps, serviceAccount });
    expect(at(manifest(chart, 'Deployment', 'cart'), `${podSpec}.serviceAccountName`)).toBe('robot');
  });
});

describe('SecureStatefulSet', () => {
  test('has a headless Service of its name, and the same hardening', () => {
    const chart = emptyChart();
    const shop = new HardenedNamespace(chart, 'shop');
    new SecureStatefulSet(shop, 'redis', { ...cartProps, image: 'redis:8', port: 6379, replicas: 3 });
    const set = manifest(chart, 'StatefulSet', 'redis');
    expect(at(set, 'spec.serviceName')).toBe('redis');
    expect(manifest(chart, 'Service', 'redis').spec).toMatchObject({
      clusterIP: 'None',
      selector: { 'app.kubernetes.io/name': 'redis' },
      ports: [{ port: 6379, targetPort: 6379 }],
    });
    expect(at(set, `${podSpec}.securityContext.runAsNonRoot`)).toBe(true);
    expect(at(set, `${podSpec}.serviceAccountName`)).toBe('redis');
    expect(manifest(chart, 'PodDisruptionBudget', 'redis')).toBeDefined();
  });

  test('claims storage for each pod, which the pod’s group may use', () => {
    const chart = emptyChart();
    new SecureStatefulSet(chart, 'redis', {
      ...cartProps,
      storage: { '/data': { size: '10Gi', storageClass: 'fast' } },
    });
    const set = manifest(chart, 'StatefulSet', 'redis');
    expect(at(set, 'spec.volumeClaimTemplates')).toEqual([
      {
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '10Gi' } },
          storageClassName: 'fast',
        },
      },
    ]);
    expect(at(set, `${podSpec}.volumes.0.name`)).toBe('data');
    expect(at(set, `${firstContainer}.volumeMounts`)).toEqual([{ mountPath: '/data', name: 'data' }]);
    expect(at(set, `${podSpec}.securityContext.fsGroup`)).toBe(65532);
    expect(
      () => new SecureStatefulSet(chart, 'other', { ...cartProps, storage: { '/data': { size: 'big' } } }),
    ).toThrow('test/other: storage["/data"].size is "big", expected a quantity');
  });

  test('needs a port', () => {
    const { port: _, ...rest } = cartProps;
    expect(() => new SecureStatefulSet(emptyChart(), 'redis', rest)).toThrow(
      'test/redis: port is absent, expected one',
    );
  });
});
