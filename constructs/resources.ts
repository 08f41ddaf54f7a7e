import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parseQuantity } from './quantity';

/** What a container asks for, and the most that it gets. */
export interface WorkloadResources {
  readonly cpu: {
    /** Such as `100m`. */
    readonly request: string | kplus.Cpu;
    readonly limit: string | kplus.Cpu;
  };
  readonly memory: {
    /** Such as `64Mi`: whole mebibytes. */
    readonly request: string | Size;
    readonly limit: string | Size;
  };
  /** @default - the node's own bounds */
  readonly ephemeralStorage?: {
    /** Whole gibibytes, such as `1Gi`. */
    readonly request: string | Size;
    readonly limit: string | Size;
  };
}

/**
 * @param where names the construct, for the error
 * @throws RangeError for what is no quantity, and for a request above its limit
 */
export function toContainerResources(resources: WorkloadResources, where: string): kplus.ContainerResources {
  const { cpu, memory, ephemeralStorage } = resources;
  return {
    cpu: bounded(
      toCpu(cpu.request, `${where}: resources.cpu.request`),
      toCpu(cpu.limit, `${where}: resources.cpu.limit`),
      (amount) => parseQuantity(amount.amount, ''),
      (amount) => amount.amount,
      `${where}: resources.cpu`,
    ),
    memory: toSizes(memory, `${where}: resources.memory`),
    ...(ephemeralStorage !== undefined && {
      ephemeralStorage: toSizes(ephemeralStorage, `${where}: resources.ephemeralStorage`),
    }),
  };
}

/**
 * @param where names the field, for the error
 * @throws RangeError for what is not a quantity of whole mebibytes
 */
export function toSize(size: string | Size, where: string): Size {
  if (typeof size !== 'string') return size;
  const mebibytes = parseQuantity(size, where) / 2 ** 20;
  if (!Number.isInteger(mebibytes)) {
    throw new RangeError(`${where} is "${size}", expected whole mebibytes such as "${Math.ceil(mebibytes)}Mi"`);
  }
  return Size.mebibytes(mebibytes);
}

function toSizes(sizes: { readonly request: string | Size; readonly limit: string | Size }, where: string) {
  return bounded(
    toSize(sizes.request, `${where}.request`),
    toSize(sizes.limit, `${where}.limit`),
    (size) => size.toMebibytes(),
    (size) => `${size.toMebibytes()}Mi`,
    where,
  );
}

function toCpu(cpu: string | kplus.Cpu, where: string): kplus.Cpu {
  if (typeof cpu !== 'string') return cpu;
  const millis = parseQuantity(cpu, where) * 1000;
  if (Math.abs(millis - Math.round(millis)) > 1e-6) {
    throw new RangeError(`${where} is "${cpu}", expected thousandths of a core at the finest, such as "100m"`);
  }
  return cpu.endsWith('m') ? kplus.Cpu.millis(Math.round(millis)) : kplus.Cpu.units(Math.round(millis) / 1000);
}

function bounded<T>(request: T, limit: T, value: (amount: T) => number, text: (amount: T) => string, where: string) {
  if (value(request) > value(limit)) {
    throw new RangeError(`${where}.request is ${text(request)}, expected at most its limit, which is ${text(limit)}`);
  }
  return { request, limit };
}
