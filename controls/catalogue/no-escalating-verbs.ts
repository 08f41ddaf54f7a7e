import { defineControl } from '../control';
import { rule } from '../places';
import { aggregated, allows, roles } from '../rbac';

export const control = defineControl({
  id: 'no-escalating-verbs',
  title: 'No role lets its holder become more than it is',
  why: 'With escalate or bind one gives oneself any right; with impersonate one acts as anybody, the administrator too.',
  severity: 'high',
  about: roles,
  profiles: ['hardened'],
  references: {
    cis: ['5.1.8'],
    nsa: ['Role-based access control'],
    attack: ['T1098.006', 'T1078'],
    urls: [
      'https://kubernetes.io/docs/concepts/security/rbac-good-practices/',
      'https://github.com/kubernetes/enhancements/issues/5284',
    ],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: rule,
          // KEP-5284 splits impersonation into verbs such as impersonate:user-info and impersonate-on:user-info:get.
          holds:
            `${aggregated} || rule.?verbs.orValue([]).all(verb, !(verb in ["escalate", "bind", "impersonate"]) && ` +
            '!verb.startsWith("impersonate:") && !verb.startsWith("impersonate-on:"))',
          field: 'verbs',
          must: 'hold none of escalate, bind and impersonate',
        },
        {
          each: rule,
          holds: `${aggregated} || !(${allows('rbac.authorization.k8s.io', ['roles', 'clusterroles'], ['escalate', 'bind'])})`,
          field: 'verbs',
          must: 'be named: * on roles is escalate and bind too',
        },
        {
          each: rule,
          holds: `${aggregated} || !(${allows('', ['users', 'groups', 'serviceaccounts'], ['impersonate'])})`,
          field: 'verbs',
          must: 'be named: * on users, groups or serviceaccounts is impersonate too',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: accounts, namespace: shop}
rules: [{apiGroups: [''], resources: [serviceaccounts], verbs: [get, list, create]}]
`,
    ],
    bad: [
      ...[
        '{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}',
        '{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}',
        "{apiGroups: [''], resources: [users], verbs: [impersonate]}",
        "{apiGroups: [authentication.k8s.io], resources: [users], verbs: ['impersonate:user-info']}",
        "{apiGroups: [''], resources: [pods], verbs: ['impersonate-on:user-info:get']}",
        "{apiGroups: [''], resources: [serviceaccounts], verbs: ['*']}",
        "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: ['*']}",
      ].map(
        (rule) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: climber}
rules: [${rule}]
`,
      ),
    ],
  },
});
