import { type CiliumOptions, cilium as translate } from '../platforms/cilium';
import type { Enforcement } from './enforcement';
import { kubernetesClasses } from './kubernetes';
import { marksOfGroups } from './membership';
import { register } from './register';

/** Host policies of Cilium, by node label. Needs the package `@pulumi/kubernetes`, and `hostFirewall.enabled` of Cilium. */
export function cilium(options: CiliumOptions = {}): Enforcement {
  return {
    name: 'cilium',
    byReference: false,
    enforce(intent, site) {
      const { prefix = 'casemate' } = options;
      const plan = translate(intent, options);
      const sdk = kubernetesClasses('cilium()');
      return () => {
        const made = register(plan, sdk, site);
        return {
          resources: [...made.values()],
          membership: marksOfGroups(intent, (group) => `${prefix}/${group}`),
          rollback: [
            'Delete the policy: kubectl delete ciliumclusterwidenetworkpolicies NAME.',
            "Where the API cannot be reached, on the node: cilium-dbg endpoint config ID PolicyAuditMode=Enabled, ID being the host endpoint's.",
          ],
        };
      };
    },
  };
}
