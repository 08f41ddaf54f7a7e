import { hcloudLabel, hcloud as translate } from '../platforms/hcloud';
import type { Enforcement } from './enforcement';
import { marksOfGroups } from './membership';
import { load, prefixOf, register } from './register';

export interface HcloudOptions {
  /** Before every name, and of every label. @default - the component's name */
  readonly prefix?: string;
  /**
   * That the private network, which these firewalls do not see, is filtered on the hosts.
   * @default - none: private addresses are refused
   */
  readonly privateNetwork?: 'nftables';
}

/** Firewalls of Hetzner Cloud, by label. Needs the package `@pulumi/hcloud`; members are the servers that carry the labels. */
export function hcloud(options: HcloudOptions = {}): Enforcement {
  return {
    name: 'hcloud',
    byReference: false,
    enforce(intent, site) {
      const { prefix = prefixOf(site) } = options;
      const plan = translate(intent, { ...options, prefix });
      const sdk = classes();
      return () => {
        const made = register(plan, sdk, site);
        return {
          resources: [...made.values()],
          membership: marksOfGroups(intent, (group) => hcloudLabel(group, prefix)),
          rollback: [
            'The console of a server (hcloud server request-console) passes no firewall.',
            'Bring up the previous commit of this program; rules change without touching servers.',
            'In an emergency take the label off the server: hcloud server remove-label.',
          ],
        };
      };
    },
  };
}

function classes() {
  const { Firewall } = load(
    '@pulumi/hcloud',
    'hcloud()',
    () => require('@pulumi/hcloud') as typeof import('@pulumi/hcloud'),
  );
  return { 'hcloud:index/firewall:Firewall': Firewall };
}
