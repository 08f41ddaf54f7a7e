import { defineControl } from '../control';
import { rule } from '../places';
import { aggregated, allows, roles } from '../rbac';

export const control = defineControl({
  id: 'no-token-minting',
  title: 'Tokens are issued for named service accounts only',
  why: 'Who may create a token for any service account may act as the most powerful one.',
  severity: 'high',
  about: roles,
  profiles: ['hardened'],
  references: {
    cis: ['5.1.13'],
    nsa: ['Role-based access control'],
    attack: ['T1528'],
    urls: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/'],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: rule,
          holds: `${aggregated} || rule.?resourceNames.orValue([]).size() > 0 || !(${allows('', ['serviceaccounts/token'], ['create'])})`,
          field: 'resourceNames',
          must: 'name the service accounts that tokens may be created for',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: issues-one, namespace: shop}
rules: [{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [cart]}]
`,
    ],
    bad: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: issues-any, namespace: shop}
rules: [{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}]
`,
    ],
  },
});
