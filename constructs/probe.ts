import * as kplus from 'cdk8s-plus-27';

/** How the kubelet asks a container whether it is well. */
export type ProbeProps = (
  | {
      /** Port of a gRPC health service (grpc.health.v1). */
      readonly grpc: number;
      /** Which of its services to ask for. @default - the server as a whole */
      readonly service?: string;
    }
  | {
      /** Path that answers 200 to 399. */
      readonly http: string;
      /** @default - the workload's first port */
      readonly port?: number;
      /** @default 'HTTP' */
      readonly scheme?: 'HTTP' | 'HTTPS';
      /** Header name → value. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      /** Port that accepts connections. */
      readonly tcp: number;
    }
  | {
      /** Command that exits with 0. */
      readonly exec: readonly string[];
    }
) &
  kplus.ProbeOptions;

/**
 * A probe in cdk8s-plus' generated types; its own Probe knows neither gRPC nor headers.
 *
 * @param where names the field, for the error
 * @throws RangeError where an HTTP probe has no port
 */
export function renderProbe(probe: ProbeProps, firstPort: number | undefined, where: string): kplus.k8s.Probe {
  const seconds = {
    initialDelaySeconds: probe.initialDelaySeconds?.toSeconds(),
    periodSeconds: probe.periodSeconds?.toSeconds(),
    timeoutSeconds: probe.timeoutSeconds?.toSeconds(),
    successThreshold: probe.successThreshold,
    failureThreshold: probe.failureThreshold,
  };
  const timing = Object.entries(seconds).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return { ...renderHandler(probe, firstPort, where), ...Object.fromEntries(timing) };
}

function renderHandler(probe: ProbeProps, firstPort: number | undefined, where: string): kplus.k8s.Probe {
  if ('grpc' in probe) {
    return { grpc: { port: probe.grpc, ...(probe.service !== undefined && { service: probe.service }) } };
  }
  if ('tcp' in probe) return { tcpSocket: { port: kplus.k8s.IntOrString.fromNumber(probe.tcp) } };
  if ('exec' in probe) return { exec: { command: [...probe.exec] } };
  if (!('http' in probe)) {
    throw new RangeError(`${where} has no handler, expected one of grpc, http, tcp and exec`);
  }
  const port = probe.port ?? firstPort;
  if (port === undefined) throw new RangeError(`${where} asks for ${probe.http} on no port; set its port`);
  const headers = Object.entries(probe.headers ?? {}).map(([name, value]) => ({ name, value }));
  return {
    httpGet: {
      path: probe.http,
      port: kplus.k8s.IntOrString.fromNumber(port),
      scheme: probe.scheme ?? 'HTTP',
      ...(headers.length > 0 && { httpHeaders: headers }),
    },
  };
}
