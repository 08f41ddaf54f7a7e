import { formatBytes, formatCores, parseQuantity } from './quantity';

/** How much all pods of a namespace may have together. */
export interface QuotaProps {
  /** Sum of all CPU limits, such as `8` or `500m`. */
  readonly cpu: string;
  /** Sum of all memory limits, such as `16Gi`. */
  readonly memory: string;
  /** How many pods there may be at once; a rolling update needs some to spare. */
  readonly pods: number;
  /** Sum of all requests, at most as much as the limits. @default - as much as the limits */
  readonly requests?: { readonly cpu?: string; readonly memory?: string };
}

/** What a container gets that asks for nothing, and the most that one may ask for. */
export interface ContainerLimitsProps {
  /** @default - limits: an equal share for each pod of the quota, at most 500m and 512Mi; requests: as much memory, half the CPU */
  readonly default?: { readonly cpu?: string; readonly memory?: string };
  /** @default - half the default CPU, all of the default memory */
  readonly defaultRequest?: { readonly cpu?: string; readonly memory?: string };
  /** @default - the whole quota */
  readonly max?: { readonly cpu?: string; readonly memory?: string };
}

/** The fields of a ResourceQuota and of a LimitRange under which a pod that asks for nothing is admitted. */
export interface FittedQuota {
  readonly hard: Readonly<Record<string, string>>;
  readonly container: {
    readonly default: Amounts;
    readonly defaultRequest: Amounts;
    readonly max: Amounts;
  };
}

type Amounts = { readonly cpu: string; readonly memory: string };

const LARGEST_DEFAULT = { cpu: 0.5, memory: 512 * 2 ** 20 };
const SMALLEST_DEFAULT = { cpu: 0.001, memory: 2 ** 20 };
const format = { cpu: formatCores, memory: formatBytes };

/**
 * Fits limits for containers into a quota.
 *
 * @param where names the construct, for the error
 * @throws RangeError that names both fields, where a container or a pod could never be admitted
 */
export function fitQuota(quota: QuotaProps, limits: ContainerLimitsProps, where: string): FittedQuota {
  if (!Number.isSafeInteger(quota.pods) || quota.pods < 1) {
    throw new RangeError(`${where}: quota.pods is ${quota.pods}, expected a whole number from 1 on`);
  }
  const cpu = fitResource('cpu', quota, limits, where);
  const memory = fitResource('memory', quota, limits, where);
  return {
    hard: {
      'limits.cpu': quota.cpu,
      'limits.memory': quota.memory,
      'requests.cpu': quota.requests?.cpu ?? quota.cpu,
      'requests.memory': quota.requests?.memory ?? quota.memory,
      pods: String(quota.pods),
    },
    container: {
      default: { cpu: cpu.default, memory: memory.default },
      defaultRequest: { cpu: cpu.defaultRequest, memory: memory.defaultRequest },
      max: { cpu: cpu.max, memory: memory.max },
    },
  };
}

function fitResource(resource: 'cpu' | 'memory', quota: QuotaProps, limits: ContainerLimitsProps, where: string) {
  const amount = (field: string, text: string) => ({ field, text, value: parseQuantity(text, `${where}: ${field}`) });
  const atMost = (part: ReturnType<typeof amount>, whole: ReturnType<typeof amount>) => {
    if (part.value > whole.value) {
      throw new RangeError(
        `${where}: ${part.field} is ${part.text}, expected at most ${whole.field}, which is ${whole.text}`,
      );
    }
  };
  const whole = amount(`quota.${resource}`, quota[resource]);
  const requests = amount(`quota.requests.${resource}`, quota.requests?.[resource] ?? quota[resource]);
  atMost(requests, whole);

  const max = amount(`limits.max.${resource}`, limits.max?.[resource] ?? quota[resource]);
  atMost(max, whole);

  const share = Math.min(whole.value / quota.pods, max.value, LARGEST_DEFAULT[resource]);
  if (share < SMALLEST_DEFAULT[resource]) {
    throw new RangeError(
      `${where}: quota.${resource} is ${quota[resource]} for ${quota.pods} pods, which leaves less than ${format[resource](SMALLEST_DEFAULT[resource])} for each; allow more, or fewer pods`,
    );
  }
  const given = limits.default?.[resource];
  const ordinary = amount(`limits.default.${resource}`, given ?? format[resource](share));
  atMost(ordinary, max);

  const half = Math.max(ordinary.value / 2, SMALLEST_DEFAULT.cpu);
  const request = amount(
    `limits.defaultRequest.${resource}`,
    limits.defaultRequest?.[resource] ??
      format[resource](Math.min(resource === 'cpu' ? half : ordinary.value, requests.value)),
  );
  atMost(request, ordinary);
  atMost(request, requests);
  return { default: ordinary.text, defaultRequest: request.text, max: max.text };
}
