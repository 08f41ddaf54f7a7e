import type { Library } from './library';

/** Kubernetes' jsonpatch library, of MutatingAdmissionPolicies (k8s.io/apiserver/pkg/cel/library/jsonpatch.go). */
export const jsonPatch: Library = {
  'jsonpatch.escapeKey(string): string': (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'),
};
