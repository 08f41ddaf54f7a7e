import * as hetzner from '@pulumi/hcloud';
import * as pulumi from '@pulumi/pulumi';
import { ClusterFirewall, hcloud, hcloudLabel } from 'casemate/stacks';

const config = new pulumi.Config();
const location = config.require('location');

/** The firewall finds servers by these labels, so a server is filtered from its first second on. */
const labels = (...roles: string[]) => Object.fromEntries(roles.map((role) => [hcloudLabel(role, 'prod'), '']));

function server(name: string, serverType: string, ...roles: string[]) {
  const machine = new hetzner.Server(name, {
    name,
    serverType,
    location,
    image: 'debian-13',
    labels: labels(...roles),
  });
  return { name, addresses: [machine.ipv4Address, machine.ipv6Address] };
}

const bastion = server('bastion', 'cx22', 'bastion');
const apiServers = [1, 2, 3].map((number) => server(`control-${number}`, 'cx32', 'api-servers', 'etcd', 'nodes'));
const workers = Array.from({ length: config.requireNumber('workers') }, (_, index) =>
  server(`worker-${index + 1}`, 'cx42', 'nodes', 'workers'),
);

const firewall = new ClusterFirewall('prod', {
  apiServers,
  workers,
  bastion: [bastion],
  admins: config.requireObject<string[]>('admins'),
  cni: { name: 'cilium', encryption: 'wireguard' },
  enforce: hcloud({ prefix: 'prod' }),
});

export const bastionAddress = bastion.addresses[0];
export const picture = firewall.picture;
export const rollback = firewall.rollback;
