import { type Inventory, type InventoryObject, type PodLocation, valueAt } from '../../inventory';
import type { NamedPort, Rule } from './policy';
import { type PortSet, portRange, protocols, unite } from './ports';
import type { Labels } from './selector';
import { isObject, items } from './values';

/** The pods that one template makes, as policies see them. */
export interface Workload {
  readonly type: 'workload';
  readonly object: InventoryObject;
  readonly pod: PodLocation;
  /** Empty where the object leaves it to whoever applies it. */
  readonly namespace: string;
  readonly labels: Labels;
  /** Policies do not see such pods: their traffic is their node's. */
  readonly hostNetwork: boolean;
  /** Container ports by name, as rules refer to them. */
  readonly ports: readonly (NamedPort & { readonly port: number })[];
}

/** Every pod template of the inventory, in its order. */
export function workloadsOf(inventory: Inventory): Workload[] {
  return inventory.objects.flatMap((object) => object.pods.map((pod) => readWorkload(object, pod)));
}

function readWorkload(object: InventoryObject, pod: PodLocation): Workload {
  const labels = valueAt(object.value, [...pod.metadata, 'labels']);
  const spec = valueAt(object.value, pod.spec);
  return {
    type: 'workload',
    object,
    pod,
    namespace: object.namespace ?? '',
    labels: isObject(labels) ? labels : {},
    hostNetwork: isObject(spec) && spec.hostNetwork === true,
    ports: isObject(spec)
      ? [...items(spec.containers), ...items(spec.initContainers).filter(isSidecar)].flatMap(portsOf)
      : [],
  };
}

/** An init container that goes on running beside the others (KEP-753). */
function isSidecar(container: unknown): boolean {
  return isObject(container) && container.restartPolicy === 'Always';
}

function portsOf(container: unknown): Workload['ports'] {
  if (!isObject(container)) return [];
  return items(container.ports).flatMap((item) => {
    if (!isObject(item) || typeof item.name !== 'string' || typeof item.containerPort !== 'number') return [];
    const protocol = protocols.find((known) => known === (item.protocol ?? 'TCP'));
    return protocol === undefined ? [] : [{ name: item.name, protocol, port: item.containerPort }];
  });
}

/** The ports that a rule opens at a workload, its names looked up there. */
export function portsAt(workload: Workload, { ports, namedPorts }: Rule): PortSet {
  let result = ports;
  for (const wanted of namedPorts) {
    for (const { name, protocol, port } of workload.ports) {
      if (name === wanted.name && protocol === wanted.protocol) result = unite(result, portRange(protocol, port, port));
    }
  }
  return result;
}
