export { BastionSsh, type BastionSshProps, type BastionSshSettings, bastionSshIntent } from './bastion-ssh';
export { ClusterFirewall, type ClusterFirewallProps } from './cluster-firewall';
export * from './enforce';
export { EtcdFirewall, type EtcdFirewallProps } from './etcd-firewall';
export * from './firewall';
export { Firewall, type FirewallProps } from './firewall-component';
export * from './hosts';
export type { DeepInput, Inputs } from './inputs';
export * from './ssh';
