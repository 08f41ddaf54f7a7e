import { defineControl } from '../control';
import { container } from '../places';

export const control = defineControl({
  id: 'default-proc-mount',
  title: 'Parts of /proc stay hidden from containers, in user namespaces too',
  why: 'An unmasked /proc offers more of the kernel to attack; a user namespace softens that but does not end it.',
  severity: 'medium',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  overrides: 'no-unmasked-proc',
  references: { pss: 'procMount_restricted', attack: ['T1611'] },
  caution: 'Building or running containers inside the container stops working.',
  revisions: [
    {
      since: '1.35',
      assert: [
        {
          each: container,
          holds: 'container.?securityContext.?procMount.orValue("Default") == "Default"',
          field: 'securityContext.procMount',
          must: 'be Default',
          fix: [{ set: 'securityContext.procMount', to: 'Default' }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app, securityContext: {procMount: Default}}]'],
    bad: ['{hostUsers: false, containers: [{name: app, image: app, securityContext: {procMount: Unmasked}}]}'],
  },
});
