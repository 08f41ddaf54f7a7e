import type * as pulumi from '@pulumi/pulumi';
import { type EtcdIntentProps, etcdIntent } from './firewall';
import { Firewall, type FirewallProps } from './firewall-component';
import type { Inputs } from './inputs';

export type EtcdFirewallProps = Inputs<EtcdIntentProps> & FirewallProps;

/**
 * The firewall of etcd on hosts of its own: clients are the API servers, peers are the members, SSH comes from the bastion.
 * Stacked etcd is part of `ClusterFirewall`.
 *
 * @example
 * new EtcdFirewall('etcd', { members: etcd, clients: apiServers, bastion: ['10.0.0.5'], enforce: nftables({ ssh }) });
 */
export class EtcdFirewall extends Firewall {
  /** @throws ResourceError, by the engine, where the intent is refused: open to everyone, or cutting etcd off */
  public constructor(name: string, props: EtcdFirewallProps, options?: pulumi.ComponentResourceOptions) {
    const { enforce, ...intent } = props;
    super('EtcdFirewall', name, intent, enforce, etcdIntent, options);
  }
}
