import { defineControl } from '../control';
import { container } from '../places';

export const control = defineControl({
  id: 'no-privileged-containers',
  title: 'No container is privileged',
  why: 'A privileged container has every capability and every device of its node; root in it is root on the node.',
  severity: 'high',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'privileged', cis: ['5.2.2'], nsa: ['Pod security enforcement'], attack: ['T1611'] },
  caution: 'A container that works on devices or kernel settings of its node stops working.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: container,
          holds: '!container.?securityContext.?privileged.orValue(false)',
          field: 'securityContext.privileged',
          must: 'be false',
          fix: [{ set: 'securityContext.privileged', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, securityContext: {privileged: false}}]',
    ],
    bad: [
      'containers: [{name: app, image: app, securityContext: {privileged: true}}]',
      '{containers: [{name: app, image: app}], initContainers: [{name: init, image: app, securityContext: {privileged: true}}]}',
    ],
  },
});
