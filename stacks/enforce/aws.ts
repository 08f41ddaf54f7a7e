import type * as pulumi from '@pulumi/pulumi';
import { aws as translate } from '../platforms/aws';
import type { Enforcement } from './enforcement';
import { idsOfGroups } from './membership';
import { given, load, prefixOf, register } from './register';

export interface AwsOptions {
  /** The network of all hosts. */
  readonly vpcId: pulumi.Input<string>;
  /** Before every name. @default - the component's name */
  readonly prefix?: string;
  /** Ids of security groups that exist already, by group: rules refer to them instead of addresses. @default - none */
  readonly existing?: Readonly<Record<string, pulumi.Input<string>>>;
  /** The account's quota of rules for each group, direction and IP version. @default 60 */
  readonly rulesPerGroup?: number;
  /** The account's quota of groups for a network interface. @default 5 */
  readonly groupsPerInterface?: number;
}

/** Security groups that refer to one another. Needs the package `@pulumi/aws`; members are the instances that carry the groups. */
export function aws(options: AwsOptions): Enforcement {
  const { vpcId, existing = {}, ...quotas } = options;
  return {
    name: 'aws',
    byReference: true,
    enforce(intent, site) {
      const plan = translate(intent, {
        prefix: prefixOf(site),
        ...quotas,
        vpcId: given('vpcId'),
        existing: Object.fromEntries(Object.keys(existing).map((group) => [group, given(`existing ${group}`)])),
      });
      const sdk = classes();
      return () => {
        const made = register(plan, sdk, site, {
          vpcId,
          ...Object.fromEntries(Object.entries(existing).map(([group, id]) => [`existing ${group}`, id])),
        });
        return {
          resources: [...made.values()],
          membership: idsOfGroups(intent, made),
          rollback: [
            'Session Manager still reaches instances: its agent dials out, and outgoing connections are open.',
            'Bring up the previous commit of this program; rules change in place, without touching instances.',
            'In an emergency attach the groups that instances had before: aws ec2 modify-instance-attribute --groups.',
          ],
        };
      };
    },
  };
}

function classes() {
  const { SecurityGroup } = load(
    '@pulumi/aws',
    'aws()',
    () => require('@pulumi/aws/ec2') as typeof import('@pulumi/aws/ec2'),
  );
  const { SecurityGroupEgressRule, SecurityGroupIngressRule } =
    require('@pulumi/aws/vpc') as typeof import('@pulumi/aws/vpc');
  return {
    'aws:ec2/securityGroup:SecurityGroup': SecurityGroup,
    'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': SecurityGroupIngressRule,
    'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': SecurityGroupEgressRule,
  };
}
