/** The same application as anyone would compose it with cdk8s-plus alone: what casemate is compared with. */
import { type App, Chart, Duration, Size } from 'cdk8s';
import { Cpu, Deployment, EnvValue, Namespace, Probe, Volume } from 'cdk8s-plus-27';
import { redis, type Service, services } from './services';

export function plainBoutique(app: App, name = 'boutique'): Chart {
  const chart = new Chart(app, `plain-${name}`, { namespace: name, disableResourceNameHashes: true });
  new Namespace(chart, 'namespace', { metadata: { name } });

  for (const service of [...services, redis]) {
    const deployment = new Deployment(chart, service.name, {
      replicas: service.replicas ?? 1,
      containers: [
        {
          image: service.image,
          ...(service.port !== undefined && { portNumber: service.port }),
          envVariables: Object.fromEntries(
            Object.entries(service.env).map(([name, value]) => [name, EnvValue.fromValue(value)]),
          ),
          resources: {
            cpu: { request: cpu(service.cpu[0]), limit: cpu(service.cpu[1]) },
            memory: { request: memory(service.memory[0]), limit: memory(service.memory[1]) },
          },
          ...probes(service),
        },
      ],
    });
    if (service.port !== undefined) {
      deployment.exposeViaService({
        name: service.name,
        ports: [{ port: service.servicePort ?? service.port, targetPort: service.port }],
      });
    }
    if (service === redis) {
      deployment.containers[0]?.mount('/data', Volume.fromEmptyDir(deployment, 'redis-data', 'redis-data'));
    }
  }
  return chart;
}

function cpu(quantity: string): Cpu {
  return Cpu.millis(Number.parseInt(quantity, 10));
}

function memory(quantity: string): Size {
  return Size.mebibytes(Number.parseInt(quantity, 10));
}

/** cdk8s-plus-27 knows no gRPC probes; a TCP one is what its users take instead. */
function probes({ probe, port }: Service): { readiness?: Probe; liveness?: Probe } {
  if (probe === undefined || port === undefined) return {};
  const options = {
    port,
    ...(probe.initialDelay !== undefined && { initialDelaySeconds: Duration.seconds(probe.initialDelay) }),
    ...(probe.period !== undefined && { periodSeconds: Duration.seconds(probe.period) }),
  };
  const make = () => (probe.kind === 'http' ? Probe.fromHttpGet('/_healthz', options) : Probe.fromTcpSocket(options));
  return { readiness: make(), liveness: make() };
}
