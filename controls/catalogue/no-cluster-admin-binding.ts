import { defineControl } from '../control';
import { object } from '../places';
import { bindings } from '../rbac';

export const control = defineControl({
  id: 'no-cluster-admin-binding',
  title: 'Nobody is bound to cluster-admin',
  why: 'cluster-admin may do everything, everywhere: whoever steals one of its tokens owns the cluster.',
  severity: 'high',
  about: bindings,
  profiles: ['hardened'],
  references: { cis: ['5.1.1'], nsa: ['Role-based access control'], attack: ['T1098.006', 'T1078'] },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: object,
          // The API server's own binding is for system:masters, whose members may do everything without it.
          holds:
            'object.roleRef.name != "cluster-admin" || object.roleRef.kind != "ClusterRole" || ' +
            'object.?subjects.orValue([]).all(subject, subject.kind == "Group" && subject.name == "system:masters")',
          field: 'roleRef.name',
          must: 'name a role that allows only what is needed',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: team}]
`,
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:masters'}]
`,
    ],
    bad: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deployer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: deployer, namespace: ci}]
`,
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: deployer, namespace: ci}]
`,
    ],
  },
});
