import type { CheckedIntent } from '../firewall';
import type { Plan } from '../platforms/plan';
import type { Enforcement } from './enforcement';
import { marksOfGroups } from './membership';
import { load, register } from './register';

/** An enforcer that lives in the cluster, as custom resources for nodes that are labelled `<prefix>/<group>`. */
export function inCluster(
  name: string,
  prefix: string,
  translate: (intent: CheckedIntent) => Plan,
  rollback: readonly string[],
): Enforcement {
  return {
    name,
    byReference: false,
    enforce(intent, site) {
      const plan = translate(intent);
      const sdk = kubernetesClasses(`${name}()`);
      return () => ({
        resources: [...register(plan, sdk, site).values()],
        membership: marksOfGroups(intent, (group) => `${prefix}/${group}`),
        rollback,
      });
    },
  };
}

/** Classes for the custom resources and labels of enforcers that live in the cluster. */
function kubernetesClasses(user: string) {
  const { CustomResource, CustomResourcePatch } = load(
    '@pulumi/kubernetes',
    user,
    () => require('@pulumi/kubernetes/apiextensions') as typeof import('@pulumi/kubernetes/apiextensions'),
  );
  const { NodePatch } = require('@pulumi/kubernetes/core/v1') as typeof import('@pulumi/kubernetes/core/v1');
  return {
    'kubernetes:core/v1:NodePatch': NodePatch,
    'kubernetes:apiextensions.k8s.io:CustomResource': CustomResource,
    'kubernetes:apiextensions.k8s.io:CustomResourcePatch': CustomResourcePatch,
  };
}
