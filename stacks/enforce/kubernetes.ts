import { load } from './register';

/** Classes for the custom resources and labels of enforcers that live in the cluster. */
export function kubernetesClasses(user: string) {
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
