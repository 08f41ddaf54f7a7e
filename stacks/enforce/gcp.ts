import type * as pulumi from '@pulumi/pulumi';
import { gcpTag, gcp as translate } from '../platforms/gcp';
import type { Enforcement } from './enforcement';
import { marksOfGroups } from './membership';
import { given, load, prefixOf, register } from './register';

export interface GcpOptions {
  /** Name or self link of the network of all hosts. */
  readonly network: pulumi.Input<string>;
  /** Before every name and tag. @default - the component's name */
  readonly prefix?: string;
}

/** VPC firewall rules between network tags. Needs the package `@pulumi/gcp`; members are the instances that carry the tags. */
export function gcp({ network, prefix }: GcpOptions): Enforcement {
  return {
    name: 'gcp',
    byReference: true,
    enforce(intent, site) {
      const before = prefix ?? prefixOf(site);
      const plan = translate(intent, { prefix: before, network: given('network') });
      const sdk = classes();
      return () => {
        const made = register(plan, sdk, site, { network });
        return {
          resources: [...made.values()],
          membership: marksOfGroups(intent, (group) => gcpTag(group, before)),
          rollback: [
            'The serial console of an instance passes no firewall rule: gcloud compute connect-to-serial-port.',
            'Bring up the previous commit of this program; rules change without touching instances.',
            'In an emergency take the tags off: gcloud compute instances remove-tags.',
          ],
        };
      };
    },
  };
}

function classes() {
  const { Firewall } = load(
    '@pulumi/gcp',
    'gcp()',
    () => require('@pulumi/gcp/compute') as typeof import('@pulumi/gcp/compute'),
  );
  return { 'gcp:compute/firewall:Firewall': Firewall };
}
