import type { InventoryObject, Path } from '../../inventory';
import { allOf, allPorts, noPorts, type PortSet, type Protocol, portRange, protocols, unite } from './ports';
import { readSelector, type Selector } from './selector';
import { isObject, items } from './values';

export const directions = ['ingress', 'egress'] as const;
export type Direction = (typeof directions)[number];

/** A NetworkPolicy, read once. A direction that it does not restrict is absent. */
export interface Policy {
  readonly object: InventoryObject;
  readonly pods: Selector;
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/** One item of `spec.ingress` or `spec.egress`; also the reason why a flow is allowed. */
export interface Rule {
  readonly policy: InventoryObject;
  /** From the policy to the rule. */
  readonly path: Path;
  readonly peers: readonly RulePeer[] | 'anyone';
  /** The ports it gives by number. */
  readonly ports: PortSet;
  /** The ports it gives by name: what they are depends on the pod that is reached. */
  readonly namedPorts: readonly NamedPort[];
}

export interface NamedPort {
  readonly protocol: Protocol;
  readonly name: string;
}

export type RulePeer =
  | {
      readonly type: 'pods';
      /** Absent: the policy's own namespace. */
      readonly namespaces?: Selector;
      readonly pods: Selector;
    }
  | Addresses;

/** An ipBlock. Which pods have addresses in it, manifests do not say. */
export interface Addresses {
  readonly type: 'addresses';
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Reads a NetworkPolicy as the API server defaults it; a rule that it would refuse allows nothing. */
export function readPolicy(object: InventoryObject): Policy {
  const spec = isObject(object.value.spec) ? object.value.spec : {};
  const types = restrictedDirections(spec.policyTypes, spec.egress);
  return {
    object,
    pods: readSelector(spec.podSelector),
    ...(types.includes('Ingress') && { ingress: readRules(object, 'ingress', spec.ingress) }),
    ...(types.includes('Egress') && { egress: readRules(object, 'egress', spec.egress) }),
  };
}

/** Without policyTypes, ingress is always restricted and egress only by egress rules (pkg/apis/networking/v1/defaults.go). */
function restrictedDirections(policyTypes: unknown, egress: unknown): readonly unknown[] {
  const types = items(policyTypes);
  if (types.length > 0) return types;
  return items(egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function readRules(policy: InventoryObject, direction: Direction, rules: unknown): Rule[] {
  return items(rules).flatMap((rule, index) => {
    const path = ['spec', direction, index];
    const raw = rule ?? {};
    if (!isObject(raw)) return [];
    return { policy, path, peers: readPeers(raw[direction === 'ingress' ? 'from' : 'to']), ...readPorts(raw.ports) };
  });
}

/** An absent list and an empty one mean the same: everyone. */
function readPeers(value: unknown): Rule['peers'] {
  if (value === undefined || value === null) return 'anyone';
  if (!Array.isArray(value)) return [];
  return value.length === 0 ? 'anyone' : value.flatMap((peer) => readPeer(peer) ?? []);
}

function readPeer(value: unknown): RulePeer | undefined {
  if (!isObject(value)) return undefined;
  const namespaces = value.namespaceSelector ?? undefined;
  const pods = value.podSelector ?? undefined;
  const block = value.ipBlock ?? undefined;
  if (block !== undefined) {
    if (!isObject(block) || typeof block.cidr !== 'string' || namespaces !== undefined || pods !== undefined) {
      return undefined;
    }
    const except = items(block.except).filter((cidr): cidr is string => typeof cidr === 'string');
    return { type: 'addresses', cidr: block.cidr, except };
  }
  if (namespaces === undefined && pods === undefined) return undefined;
  return {
    type: 'pods',
    pods: readSelector(pods),
    ...(namespaces !== undefined && { namespaces: readSelector(namespaces) }),
  };
}

/** An absent list and an empty one mean the same: all ports. */
function readPorts(value: unknown): Pick<Rule, 'ports' | 'namedPorts'> {
  const list = value ?? [];
  if (!Array.isArray(list)) return { ports: noPorts, namedPorts: [] };
  if (list.length === 0) return { ports: allPorts, namedPorts: [] };
  let ports = noPorts;
  const namedPorts: NamedPort[] = [];
  for (const item of list) {
    if (!isObject(item)) continue;
    const protocol = protocols.find((known) => known === (item.protocol ?? 'TCP'));
    if (protocol === undefined) continue;
    const port = item.port ?? undefined;
    const endPort = item.endPort ?? port;
    if (port === undefined) ports = unite(ports, allOf(protocol));
    else if (typeof port === 'string') namedPorts.push({ protocol, name: port });
    else if (typeof port === 'number' && typeof endPort === 'number') {
      ports = unite(ports, portRange(protocol, port, endPort));
    }
  }
  return { ports, namedPorts };
}
