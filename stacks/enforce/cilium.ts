import { type CiliumOptions, cilium as translate } from '../platforms/cilium';
import type { Enforcement } from './enforcement';
import { inCluster } from './kubernetes';

/** Host policies of Cilium, by node label. Needs the package `@pulumi/kubernetes`, and `hostFirewall.enabled` of Cilium. */
export function cilium(options: CiliumOptions = {}): Enforcement {
  return inCluster('cilium', options.prefix ?? 'casemate', (intent) => translate(intent, options), [
    'Delete the policy: kubectl delete ciliumclusterwidenetworkpolicies NAME.',
    "Where the API cannot be reached, on the node: cilium-dbg endpoint config ID PolicyAuditMode=Enabled, ID being the host endpoint's.",
  ]);
}
