import * as pulumi from '@pulumi/pulumi';
import { ClusterFirewall, type Host, nftables } from 'casemate/stacks';

interface Hosts {
  readonly apiServers: readonly Host[];
  readonly workers: readonly Host[];
  readonly bastion: readonly Host[];
}

const config = new pulumi.Config();
const hosts = config.requireObject<Hosts>('hosts');

const firewall = new ClusterFirewall('prod', {
  ...hosts,
  admins: config.requireObject<string[]>('admins'),
  cni: { name: 'calico', mode: 'vxlan' },
  enforce: nftables(),
});

export const rulesets = firewall.rulesets;
export const picture = firewall.picture;
export const rollback = firewall.rollback;
