/**
 * Where port 22 is open nowhere, a node is repaired by `kubectl debug node/NAME --namespace break-glass --profile sysadmin`: a
 * privileged pod on it. Whoever may do that is root on every node, so the roles come without a binding: bind them for
 * the hour, and let the API server's audit log say who did.
 *
 * @see https://kubernetes.io/docs/tasks/debug/debug-cluster/kubectl-node-debug/
 */
export function breakGlassRoles(namespace = 'break-glass'): readonly object[] {
  const name = 'casemate-break-glass';
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name, namespace },
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
        { apiGroups: [''], resources: ['pods/attach'], verbs: ['get', 'create'] },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
    },
  ];
}
