import { defineControl } from '../control';
import { rule } from '../places';
import { aggregated, allows, roles } from '../rbac';

export const control = defineControl({
  id: 'no-listing-secrets',
  title: 'Secrets are read by name only',
  why: 'Who may list or watch secrets, or get any of them, reads all of them; tokens of other accounts may be among them.',
  severity: 'high',
  about: roles,
  profiles: ['hardened'],
  references: {
    cis: ['5.1.2'],
    nsa: ['Role-based access control', 'Secrets'],
    attack: ['T1552.007'],
    urls: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/'],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: rule,
          holds: `${aggregated} || rule.?resourceNames.orValue([]).size() > 0 || !(${allows('', ['secrets'], ['get', 'list', 'watch'])})`,
          field: 'resourceNames',
          must: 'name the secrets that may be read',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads-one, namespace: shop}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [database]}]
`,
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: writes, namespace: shop}
rules: [{apiGroups: [''], resources: [secrets], verbs: [create]}]
`,
    ],
    bad: [
      ...[
        "{apiGroups: [''], resources: [secrets], verbs: [list]}",
        "{apiGroups: [''], resources: [configmaps, secrets], verbs: [get]}",
        "{apiGroups: ['*'], resources: ['*'], verbs: [watch]}",
        "{apiGroups: [''], resources: [secrets], verbs: ['*'], resourceNames: []}",
      ].map(
        (rule) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reads-all}
rules: [${rule}]
`,
      ),
    ],
  },
});
