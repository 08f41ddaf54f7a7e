import type * as pulumi from '@pulumi/pulumi';
import { azure as translate } from '../platforms/azure';
import type { Enforcement } from './enforcement';
import { idsOfGroups } from './membership';
import { given, load, prefixOf, register } from './register';

export interface AzureOptions {
  readonly resourceGroupName: pulumi.Input<string>;
  /** The region of the network of all hosts. */
  readonly location: pulumi.Input<string>;
  /** Before every name. @default - the component's name */
  readonly prefix?: string;
}

/**
 * One network security group, and an application security group for each group of hosts. Needs the package
 * `@pulumi/azure-native`; members are the network interfaces that carry the application security groups, in subnets that
 * carry the network security group.
 */
export function azure({ resourceGroupName, location, prefix }: AzureOptions): Enforcement {
  return {
    name: 'azure',
    byReference: true,
    enforce(intent, site) {
      const plan = translate(intent, {
        prefix: prefix ?? prefixOf(site),
        resourceGroupName: given('resourceGroupName'),
        location: given('location'),
      });
      const sdk = classes();
      return () => {
        const made = register(plan, sdk, site, { resourceGroupName, location });
        const firewall = made.get('firewall');
        return {
          resources: [...made.values()],
          membership: {
            ...idsOfGroups(intent, made),
            ...(firewall !== undefined && { firewall: firewall.id }),
          },
          rollback: [
            'The serial console of a virtual machine passes no network security group.',
            'Bring up the previous commit of this program; the rules change in one request.',
            'In an emergency take the group off the subnet: az network vnet subnet update --remove networkSecurityGroup.',
          ],
        };
      };
    },
  };
}

function classes() {
  const { ApplicationSecurityGroup, NetworkSecurityGroup } = load(
    '@pulumi/azure-native',
    'azure()',
    () => require('@pulumi/azure-native/network') as typeof import('@pulumi/azure-native/network'),
  );
  return {
    'azure-native:network:ApplicationSecurityGroup': ApplicationSecurityGroup,
    'azure-native:network:NetworkSecurityGroup': NetworkSecurityGroup,
  };
}
