import { type CalicoOptions, calico as translate } from '../platforms/calico';
import type { Enforcement } from './enforcement';
import { kubernetesClasses } from './kubernetes';
import { marksOfGroups } from './membership';
import { register } from './register';

/** Host endpoints and global policies of Calico, with its fail-safe ports narrowed. Needs the package `@pulumi/kubernetes`. */
export function calico(options: CalicoOptions = {}): Enforcement {
  return {
    name: 'calico',
    byReference: false,
    enforce(intent, site) {
      const { prefix = 'casemate' } = options;
      const plan = translate(intent, options);
      const sdk = kubernetesClasses('calico()');
      return () => {
        const made = register(plan, sdk, site);
        return {
          resources: [...made.values()],
          membership: marksOfGroups(intent, (group) => `${prefix}/${group}`),
          rollback: [
            'Delete the host endpoint of the node: kubectl delete hostendpoints.projectcalico.org NAME.',
            'SSH from the bastion stays among the fail-safe ports, so a wrong policy does not end it.',
          ],
        };
      };
    },
  };
}
