import { defineControl } from '../control';
import { container } from '../places';

const assert = (unless = '') => [
  {
    each: container,
    holds: `${unless}container.?securityContext.?procMount.orValue("Default") == "Default"`,
    field: 'securityContext.procMount',
    must: 'be Default',
    fix: [{ set: 'securityContext.procMount', to: 'Default' }],
  },
];

export const control = defineControl({
  id: 'no-unmasked-proc',
  title: 'Parts of /proc stay hidden from containers',
  why: 'An unmasked /proc shows and changes settings of the node’s kernel, unless the pod is in a user namespace of its own.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'procMount', attack: ['T1611'] },
  caution: 'Building or running containers inside the container stops working.',
  revisions: [
    { since: '1.0', assert: assert() },
    { since: '1.35', assert: assert('variables.userNamespace || ') },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, securityContext: {procMount: Default}}]',
      '{hostUsers: false, containers: [{name: app, image: app, securityContext: {procMount: Unmasked}}]}',
    ],
    bad: ['containers: [{name: app, image: app, securityContext: {procMount: Unmasked}}]'],
  },
});
