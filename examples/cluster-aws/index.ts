import * as autoscaling from '@pulumi/aws/autoscaling';
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';
import { aws, ClusterFirewall } from 'casemate/stacks';

const config = new pulumi.Config();
const imageId = config.require('image');
const workers = config.requireNumber('workers');

const vpc = new ec2.Vpc('prod', { cidrBlock: '10.0.0.0/16', enableDnsHostnames: true });
const subnet = (name: string, cidrBlock: string) => new ec2.Subnet(name, { vpcId: vpc.id, cidrBlock });
const subnets = {
  bastion: subnet('bastion', '10.0.0.0/28'),
  control: subnet('control', '10.0.1.0/24'),
  workers: subnet('workers', '10.0.2.0/23'),
};

// Security groups know machines by reference, so a subnet is all that has to be known of those that scaling adds.
const firewall = new ClusterFirewall('prod', {
  apiServers: ['10.0.1.0/24'],
  workers: ['10.0.2.0/23'],
  bastion: ['10.0.0.0/28'],
  admins: config.requireObject<string[]>('admins'),
  cni: 'cilium',
  enforce: aws({ vpcId: vpc.id }),
});
const groups = (...roles: string[]) =>
  firewall.membership.apply((membership) => roles.map((role) => membership[role] as string));

const bastion = new ec2.Instance('bastion', {
  ami: imageId,
  instanceType: 't4g.nano',
  subnetId: subnets.bastion.id,
  associatePublicIpAddress: true,
  vpcSecurityGroupIds: groups('bastion'),
  metadataOptions: { httpTokens: 'required' },
});

for (const number of [1, 2, 3]) {
  new ec2.Instance(`control-${number}`, {
    ami: imageId,
    instanceType: 'm7g.large',
    subnetId: subnets.control.id,
    vpcSecurityGroupIds: groups('api-servers', 'etcd', 'nodes'),
    metadataOptions: { httpTokens: 'required' },
  });
}

const template = new ec2.LaunchTemplate('worker', {
  imageId,
  instanceType: 'm7g.xlarge',
  vpcSecurityGroupIds: groups('nodes', 'workers'),
  // One hop keeps pods from the credentials of their node.
  metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
});
new autoscaling.Group('workers', {
  minSize: workers,
  maxSize: workers * 2,
  vpcZoneIdentifiers: [subnets.workers.id],
  launchTemplate: { id: template.id, version: '$Latest' },
});

export const bastionId = bastion.id;
export const securityGroups = firewall.membership;
export const picture = firewall.picture;
export const rollback = firewall.rollback;
