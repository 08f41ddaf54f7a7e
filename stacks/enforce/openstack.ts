import { openstack as translate } from '../platforms/openstack';
import type { Enforcement } from './enforcement';
import { idsOfGroups } from './membership';
import { load, prefixOf, register } from './register';

export interface OpenstackOptions {
  /** Before every name. @default - the component's name */
  readonly prefix?: string;
  /** The project's quota of rules, over all groups. @default 100 */
  readonly rulesPerProject?: number;
}

/** Security groups that refer to one another. Needs the package `@pulumi/openstack`; members are the ports that carry the groups. */
export function openstack(options: OpenstackOptions = {}): Enforcement {
  return {
    name: 'openstack',
    byReference: true,
    enforce(intent, site) {
      const plan = translate(intent, { prefix: prefixOf(site), ...options });
      const sdk = classes();
      return () => {
        const made = register(plan, sdk, site);
        return {
          resources: [...made.values()],
          membership: idsOfGroups(intent, made),
          rollback: [
            'The console of a server (openstack console url show) passes no security group.',
            'Bring up the previous commit of this program; rules change without touching servers.',
            'In an emergency set the groups that ports had before: openstack port set --security-group.',
          ],
        };
      };
    },
  };
}

function classes() {
  const { SecGroup, SecGroupRule } = load(
    '@pulumi/openstack',
    'openstack()',
    () => require('@pulumi/openstack/networking') as typeof import('@pulumi/openstack/networking'),
  );
  return {
    'openstack:networking/secGroup:SecGroup': SecGroup,
    'openstack:networking/secGroupRule:SecGroupRule': SecGroupRule,
  };
}
