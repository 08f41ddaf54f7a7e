export { type BastionIntentProps, bastionIntent } from './bastion';
export {
  type CheckedGroup,
  type CheckedHost,
  type CheckedIntent,
  type CheckOptions,
  check,
  IntentError,
  type Problem,
  problemsOf,
  type Rule,
} from './check';
export { type ClusterIntentProps, clusterIntent, type LoadBalancer, type NodePorts } from './cluster';
export type { Cni } from './cni';
export { type EtcdIntentProps, etcdIntent } from './etcd';
export {
  type Flow,
  formatPorts,
  type Group,
  type Guarded,
  type Host,
  type Intent,
  type OpenExemption,
  type Packet,
  type PortRange,
  type Protocol,
  ping,
  type Requirement,
  tcp,
  udp,
} from './intent';
export { allows } from './model';
export { firewallPicture } from './picture';
export type { Member } from './rows';
