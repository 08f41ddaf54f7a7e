import * as pulumi from '@pulumi/pulumi';
import { ClusterFirewall, type ClusterFirewallProps, nftables, type SshAccess, ssh } from 'casemate/stacks';

const config = new pulumi.Config();
const access = config.getObject<SshAccess>('ssh');

const firewall = new ClusterFirewall('prod', {
  ...config.requireObject<Omit<ClusterFirewallProps, 'enforce'>>('cluster'),
  enforce: nftables(access === undefined ? {} : { ssh: ssh(access) }),
});

export const rulesets = firewall.rulesets;
export const picture = firewall.picture;
export const rollback = firewall.rollback;
