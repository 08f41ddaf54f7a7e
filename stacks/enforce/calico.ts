import { type CalicoOptions, calico as translate } from '../platforms/calico';
import type { Enforcement } from './enforcement';
import { inCluster } from './kubernetes';

/** Host endpoints and global policies of Calico, with its fail-safe ports narrowed. Needs the package `@pulumi/kubernetes`. */
export function calico(options: CalicoOptions = {}): Enforcement {
  return inCluster('calico', options.prefix ?? 'casemate', (intent) => translate(intent, options), [
    'Delete the host endpoint of the node: kubectl delete hostendpoints.projectcalico.org NAME.',
    'SSH from the bastion stays among the fail-safe ports, so a wrong policy does not end it.',
  ]);
}
