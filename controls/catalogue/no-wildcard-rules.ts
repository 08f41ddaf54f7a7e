import { defineControl } from '../control';
import { rule } from '../places';
import { aggregated, roles } from '../rbac';

const clause = (field: string, allowed: string) => ({
  each: rule,
  holds: `${aggregated} || rule.?${field}.orValue([]).all(value, ${allowed})`,
  field,
  must: 'name each of them, without *',
});

export const control = defineControl({
  id: 'no-wildcard-rules',
  title: 'Roles name what they allow',
  why: 'A wildcard also grants what nobody thought of: the verb that escalates, and every resource added to the cluster later.',
  severity: 'high',
  about: roles,
  profiles: ['hardened'],
  references: {
    cis: ['5.1.3'],
    nsa: ['Role-based access control'],
    attack: ['T1098.006'],
    urls: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/'],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        clause('verbs', 'value != "*"'),
        clause('apiGroups', 'value != "*"'),
        clause('resources', '!value.startsWith("*")'),
        clause('nonResourceURLs', '!(value in ["*", "/*"])'),
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: flags, namespace: shop}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [get, watch]}]
`,
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: monitoring}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {monitoring: 'true'}}]}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: [get]}]
`,
    ],
    bad: [
      ...[
        "{apiGroups: [''], resources: [configmaps], verbs: ['*']}",
        "{apiGroups: ['*'], resources: [deployments], verbs: [get]}",
        "{apiGroups: [''], resources: ['*/status'], verbs: [get]}",
        "{nonResourceURLs: ['*'], verbs: [get]}",
      ].map(
        (rule) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: any}
rules: [${rule}]
`,
      ),
    ],
  },
});
