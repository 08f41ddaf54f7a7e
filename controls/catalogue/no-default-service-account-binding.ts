import { defineControl } from '../control';
import { subject } from '../places';
import { bindings } from '../rbac';

export const control = defineControl({
  id: 'no-default-service-account-binding',
  title: 'Default service accounts have no rights',
  why: 'Every pod that names no service account runs as the default one, and so gets its rights too.',
  severity: 'medium',
  about: bindings,
  profiles: ['hardened'],
  references: { cis: ['5.1.5'], nsa: ['Role-based access control'], attack: ['T1078.001'] },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: subject,
          holds: 'subject.kind != "ServiceAccount" || subject.name != "default"',
          field: 'name',
          must: 'be a service account of the workload’s own',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: cart, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: flags}
subjects: [{kind: ServiceAccount, name: cart, namespace: shop}]
`,
    ],
    bad: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: cart, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: flags}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
`,
    ],
  },
});
