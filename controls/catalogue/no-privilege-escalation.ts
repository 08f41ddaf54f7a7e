import { defineControl } from '../control';
import { container } from '../places';

const assert = (unless = '') => [
  {
    each: container,
    holds: `${unless}container.?securityContext.?allowPrivilegeEscalation.orValue(true) == false`,
    field: 'securityContext.allowPrivilegeEscalation',
    must: 'be false',
    fix: [{ set: 'securityContext.allowPrivilegeEscalation', to: false }],
  },
];

export const control = defineControl({
  id: 'no-privilege-escalation',
  title: 'Containers cannot gain more privileges than they start with',
  why: 'Without it a set-user-ID binary in the image turns any process of the container into root.',
  severity: 'high',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  references: {
    pss: 'allowPrivilegeEscalation',
    cis: ['5.2.6'],
    nsa: ['Pod security enforcement'],
    attack: ['T1548.001'],
  },
  caution: 'sudo, su and other set-user-ID programs in the container no longer change the user.',
  revisions: [
    { since: '1.8', assert: assert() },
    { since: '1.25', assert: assert('variables.windows || ') },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, securityContext: {allowPrivilegeEscalation: false}}]',
      '{os: {name: windows}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, securityContext: {allowPrivilegeEscalation: true}}]',
    ],
  },
});
