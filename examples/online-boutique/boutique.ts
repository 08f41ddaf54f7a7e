/** The Online Boutique, composed from casemate's constructs. */

import {
  exempt,
  HardenedNamespace,
  LeastPrivilegeRole,
  type ProbeProps,
  SecureDeployment,
  SecureStatefulSet,
} from 'casemate';
import { type App, Chart, Duration } from 'cdk8s';
import { redis, type Service, services } from './services';

export function boutique(app: App, name = 'boutique'): Chart {
  const chart = new Chart(app, name);
  const shop = new HardenedNamespace(chart, name, { quota: { cpu: '8', memory: '8Gi', pods: 40 } });
  const workloads = new Map<string, SecureDeployment | SecureStatefulSet>();

  for (const service of services) {
    workloads.set(
      service.name,
      new SecureDeployment(shop, service.name, { ...propsOf(service), replicas: service.replicas ?? 1 }),
    );
  }
  workloads.set(
    redis.name,
    new SecureStatefulSet(shop, redis.name, { ...propsOf(redis), writable: { '/data': '64Mi' } }),
  );

  const workload = (name: string) => {
    const found = workloads.get(name);
    if (found === undefined) throw new RangeError(`no service is named "${name}"`);
    return found;
  };
  for (const { name, calls } of services) {
    for (const called of calls) workload(name).connections.allowTo(workload(called));
  }
  // Customers come in through the cluster's ingress controller.
  workload('frontend').connections.allowFromPods({
    namespace: 'ingress-nginx',
    labels: { 'app.kubernetes.io/name': 'ingress-nginx' },
  });

  // Developers may look, and read logs; what runs is changed by the pipeline alone.
  new LeastPrivilegeRole(shop, 'developers', {
    to: { group: `${name}-developers` },
    allow: [
      { verbs: ['get', 'list', 'watch'], resource: 'pods' },
      { verbs: ['get', 'list', 'watch'], resource: 'deployments' },
      { verbs: ['get', 'list', 'watch'], resource: 'services' },
      { verbs: ['get'], resource: 'pods/log' },
    ],
  });

  exempt(shop, 'image-digest', {
    reason: 'the public demo names its images by tag; pin the digests when they are mirrored',
    until: '2027-06-30',
  });
  for (const control of ['readiness-probe', 'liveness-probe']) {
    exempt(workload('loadgenerator'), control, {
      reason: 'serves nobody: it only sends requests, and ends with its process',
      until: '2027-06-30',
    });
  }
  return chart;
}

function propsOf(service: Service) {
  const [cpuRequest, cpuLimit] = service.cpu;
  const [memoryRequest, memoryLimit] = service.memory;
  return {
    image: service.image,
    env: service.env,
    resources: {
      cpu: { request: cpuRequest, limit: cpuLimit },
      memory: { request: memoryRequest, limit: memoryLimit },
    },
    ...(service.port !== undefined && { port: service.port }),
    ...(service.servicePort !== undefined && { servicePort: service.servicePort }),
    ...(service.probe !== undefined && { probe: probeOf(service.probe, service.port ?? 0) }),
  };
}

function probeOf({ kind, initialDelay, period }: NonNullable<Service['probe']>, port: number): ProbeProps {
  const timing = {
    ...(initialDelay !== undefined && { initialDelaySeconds: Duration.seconds(initialDelay) }),
    ...(period !== undefined && { periodSeconds: Duration.seconds(period) }),
  };
  if (kind === 'grpc') return { grpc: port, ...timing };
  if (kind === 'tcp') return { tcp: port, ...timing };
  return { http: '/_healthz', port, headers: { Cookie: 'shop_session-id=x-probe' }, ...timing };
}
