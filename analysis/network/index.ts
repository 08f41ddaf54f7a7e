import type { Inventory } from '../../inventory';
import type { Flow } from './flow';
import { Network } from './network';

export { type Anyone, type Because, type Flow, formatFlowPorts, formatPeer, type Peer, type Pods } from './flow';
export { type Isolation, Network, type Reach } from './network';
export type { Addresses, Direction, NamedPort, Policy, Rule, RulePeer } from './policy';
export { formatPorts, type Interval, type Intervals, includesPort, type PortSet, type Protocol } from './ports';
export type { Workload } from './workload';

/** Every flow that the NetworkPolicies of an inventory allow; see {@link Network.flows}. */
export function allowedFlows(inventory: Inventory): Flow[] {
  return new Network(inventory).flows();
}
