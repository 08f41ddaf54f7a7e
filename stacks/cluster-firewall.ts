import type * as pulumi from '@pulumi/pulumi';
import { type ClusterIntentProps, clusterIntent } from './firewall';
import { Firewall, type FirewallProps } from './firewall-component';
import type { Inputs } from './inputs';

export type ClusterFirewallProps = Inputs<ClusterIntentProps> & FirewallProps;

/**
 * The firewall of a whole cluster: Kubernetes' own flows and those of its CNI, SSH through the bastion alone, the API for
 * its clients, everything else closed.
 *
 * @example
 * new ClusterFirewall('prod', {
 *   apiServers: ['10.0.1.10'], workers: ['10.0.2.0/24'], bastion: ['10.0.0.5'],
 *   admins: ['198.51.100.0/24'], cni: 'cilium', enforce: aws({ vpcId: vpc.id }),
 * });
 */
export class ClusterFirewall extends Firewall {
  /** @throws ResourceError, by the engine, where the intent is refused: open to everyone, overlapping, or cutting the cluster off */
  public constructor(name: string, props: ClusterFirewallProps, options?: pulumi.ComponentResourceOptions) {
    const { enforce, ...intent } = props;
    super('ClusterFirewall', name, intent, enforce, clusterIntent, options);
  }
}
