import type { Kinds } from './control';

/** Role and ClusterRole. */
export const roles: Kinds = {
  group: 'rbac.authorization.k8s.io',
  versions: ['v1'],
  resources: { ClusterRole: 'clusterroles', Role: 'roles' },
};

/** RoleBinding and ClusterRoleBinding. */
export const bindings: Kinds = {
  group: 'rbac.authorization.k8s.io',
  versions: ['v1'],
  resources: { ClusterRoleBinding: 'clusterrolebindings', RoleBinding: 'rolebindings' },
};

/**
 * CEL that is true where the rules are not the author's: those of an aggregated ClusterRole are written by a controller.
 * The field is unknown to Role, so the type checker may not see it, and the API server drops it there: it excuses nothing.
 */
export const aggregated = '(object.kind == "ClusterRole" && has(dyn(object).aggregationRule))';

/**
 * CEL that is true where a `rule` allows one of the verbs on one of the resources (`pods`, `pods/exec`), by name or by
 * wildcard.
 */
export function allows(group: string, resources: readonly string[], verbs: readonly string[]): string {
  const subresources = resources
    .filter((resource) => resource.includes('/'))
    .map((name) => name.replace(/^[^/]+/, '*'));
  return [
    someOf('apiGroups', [group, '*']),
    someOf('resources', [...resources, ...new Set(subresources), '*']),
    someOf('verbs', [...verbs, '*']),
  ].join(' && ');
}

function someOf(field: string, values: readonly string[]): string {
  return `rule.?${field}.orValue([]).exists(value, value in ${JSON.stringify(values)})`;
}
