import { defineControl } from '../control';
import { rule } from '../places';
import { aggregated, allows, roles } from '../rbac';

export const control = defineControl({
  id: 'no-pod-exec',
  title: 'No role reaches into running pods',
  why: 'Whoever may exec, attach, forward ports or add a debugging container has what the pod has: its secrets, its token, its network.',
  severity: 'high',
  about: roles,
  profiles: ['hardened'],
  references: { nsa: ['Role-based access control'], attack: ['T1609'] },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: rule,
          // API servers before 1.35 open the connection for get as well as for create.
          holds: `${aggregated} || !(${allows('', ['pods/exec', 'pods/attach', 'pods/portforward'], ['get', 'create'])})`,
          field: 'resources',
          must: 'not hold pods/exec, pods/attach or pods/portforward',
        },
        {
          each: rule,
          holds: `${aggregated} || !(${allows('', ['pods/ephemeralcontainers'], ['update', 'patch'])})`,
          field: 'resources',
          must: 'not hold pods/ephemeralcontainers',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads-logs, namespace: shop}
rules: [{apiGroups: [''], resources: [pods, pods/log], verbs: [get, list]}]
`,
    ],
    bad: [
      ...[
        "{apiGroups: [''], resources: [pods/exec], verbs: [create]}",
        "{apiGroups: [''], resources: [pods/attach], verbs: [get]}",
        "{apiGroups: [''], resources: ['*/portforward'], verbs: [create]}",
        "{apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [patch]}",
      ].map(
        (rule) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: enters, namespace: shop}
rules: [${rule}]
`,
      ),
    ],
  },
});
