import { defineControl } from '../control';
import { pod } from '../places';

export const control = defineControl({
  id: 'own-service-account',
  title: 'Workloads have a service account of their own',
  why: 'What shares the default account shares its rights, its image pull secrets and its name in the audit log.',
  severity: 'low',
  about: 'pods',
  profiles: ['hardened'],
  references: { cis: ['5.1.5'], nsa: ['Protecting Pod service account tokens'], attack: ['T1078.001'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: pod,
          holds: '!(variables.serviceAccount in ["", "default"])',
          field: 'serviceAccountName',
          must: 'name a service account other than default',
        },
      ],
    },
  ],
  examples: {
    good: [
      '{serviceAccountName: app, containers: [{name: app, image: app}]}',
      '{serviceAccount: app, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      '{serviceAccountName: default, containers: [{name: app, image: app}]}',
    ],
  },
});
