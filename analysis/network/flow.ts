import type { Addresses, NamedPort, Rule } from './policy';
import { formatPorts, type PortSet } from './ports';
import { formatSelector, type Selector } from './selector';
import type { Workload } from './workload';

/** Pods that could exist: those that a rule names by labels, whether or not the inventory has such. */
export interface Pods {
  readonly type: 'pods';
  /** Namespaces by name, where the rule settles for one, or by labels. */
  readonly namespaces: string | Selector;
  readonly pods: Selector;
}

/** Every pod and address that no policy of the inventory restricts in this direction. */
export interface Anyone {
  readonly type: 'anyone';
}

export type Peer = Workload | Pods | Addresses | Anyone;

/**
 * Who may talk to whom.
 *
 * The rules that allow it come with it. Where a side has none, no policy restricts that side.
 */
export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
  /** After Services: the ports at which pods listen. */
  readonly ports: PortSet;
  /** Ports by name, where the pods that are reached are not in the inventory. */
  readonly namedPorts: readonly NamedPort[];
  readonly because: Because;
}

export interface Because {
  /** Egress rules of the source. */
  readonly egress: readonly Rule[];
  /** Ingress rules of the destination. */
  readonly ingress: readonly Rule[];
}

/** A peer in a few words: `shop/cart`, `pods k8s-app=kube-dns in namespace kube-system`, `10.0.0.0/8 except 10.1.0.0/16`. */
export function formatPeer(peer: Peer): string {
  switch (peer.type) {
    case 'workload':
      return peer.namespace === '' ? peer.object.name : `${peer.namespace}/${peer.object.name}`;
    case 'pods':
      return `${peer.pods.length === 0 ? 'any pod' : `pods ${formatSelector(peer.pods)}`} in ${formatNamespaces(peer.namespaces)}`;
    case 'addresses':
      return peer.except.length === 0 ? peer.cidr : `${peer.cidr} except ${peer.except.join(', ')}`;
    case 'anyone':
      return 'anyone';
  }
}

function formatNamespaces(namespaces: Pods['namespaces']): string {
  if (typeof namespaces === 'string') return namespaces === '' ? 'its namespace' : `namespace ${namespaces}`;
  return namespaces.length === 0 ? 'any namespace' : `namespaces ${formatSelector(namespaces)}`;
}

/** The ports of a flow, those known by name alone as well: `53/UDP, metrics/TCP`. */
export function formatFlowPorts({ ports, namedPorts }: Pick<Flow, 'ports' | 'namedPorts'>): string {
  const names = namedPorts.map(({ name, protocol }) => `${name}/${protocol}`);
  const numbers = formatPorts(ports);
  if (names.length === 0) return numbers;
  return numbers === 'no ports' ? names.join(', ') : [numbers, ...names].join(', ');
}
