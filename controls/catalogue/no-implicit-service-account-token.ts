import { defineControl } from '../control';
import { pod } from '../places';

export const control = defineControl({
  id: 'no-implicit-service-account-token',
  title: 'Pods say whether they speak to the API server',
  why: 'Where nothing is written, every container finds a token for the API server in its files, and so does whoever breaks into it.',
  severity: 'medium',
  about: 'pods',
  profiles: ['hardened'],
  references: { cis: ['5.1.6'], nsa: ['Protecting Pod service account tokens'], attack: ['T1528'] },
  caution: 'A program that speaks to the API server needs the token, and a service account of its own.',
  revisions: [
    {
      since: '1.6',
      assert: [
        {
          each: pod,
          holds:
            'has(pod.automountServiceAccountToken) && ' +
            '(!pod.automountServiceAccountToken || !(variables.serviceAccount in ["", "default"]))',
          field: 'automountServiceAccountToken',
          must: 'be false, or true together with a service account of its own',
          fix: [{ set: 'automountServiceAccountToken', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: [
      '{automountServiceAccountToken: false, containers: [{name: app, image: app}]}',
      '{automountServiceAccountToken: true, serviceAccountName: app, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      '{serviceAccountName: app, containers: [{name: app, image: app}]}',
      '{automountServiceAccountToken: true, containers: [{name: app, image: app}]}',
      '{automountServiceAccountToken: true, serviceAccountName: default, containers: [{name: app, image: app}]}',
    ],
  },
});
