import { defineControl } from '../control';
import { subject } from '../places';
import { bindings } from '../rbac';

export const control = defineControl({
  id: 'no-anonymous-binding',
  title: 'Nobody gets rights without logging in',
  why: 'What is bound to system:anonymous or system:unauthenticated is open to everyone who reaches the API server.',
  severity: 'critical',
  about: bindings,
  profiles: ['hardened'],
  references: {
    nsa: ['Authentication', 'Role-based access control'],
    attack: ['T1078.001', 'T1133'],
    urls: ['https://kubernetes.io/docs/reference/access-authn-authz/rbac/'],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: subject,
          // Kubernetes binds everyone to system:public-info-viewer, which shows no more than health and version.
          holds:
            '!(subject.name in ["system:anonymous", "system:unauthenticated"]) || ' +
            '(object.roleRef.kind == "ClusterRole" && object.roleRef.name == "system:public-info-viewer")',
          field: 'name',
          must: 'be somebody who has logged in',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: team}]
`,
    ],
    bad: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: 'system:anonymous'}]
`,
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}]
`,
    ],
  },
});
