import { defineControl } from '../control';
import { container, pod, podAnnotation } from '../places';

const field = 'securityContext.appArmorProfile';

export const control = defineControl({
  id: 'limit-apparmor-profiles',
  title: 'AppArmor keeps confining containers',
  why: 'Where nodes have AppArmor, it is what stops a process that got out of its other limits; Unconfined turns it off.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'appArmorProfile', nsa: ['Hardening container environments'], attack: ['T1611'] },
  caution: 'On nodes with AppArmor, what the runtime’s profile forbids (mounting, tracing) stops working.',
  revisions: [
    {
      since: '1.0',
      assert: [
        ...[pod, container].map((each) => ({
          each,
          holds:
            `!${each.as}.?securityContext.?appArmorProfile.hasValue() || ` +
            `${each.as}.${field}.?type.orValue("") in ["RuntimeDefault", "Localhost"]`,
          field: `${field}.type`,
          must: 'be RuntimeDefault or Localhost',
          fix: [{ set: field, to: { type: 'RuntimeDefault' } }],
        })),
        {
          each: podAnnotation,
          holds:
            '!annotation.startsWith("container.apparmor.security.beta.kubernetes.io/") || ' +
            'variables.metadata.annotations[annotation] in ["", "runtime/default"] || ' +
            'variables.metadata.annotations[annotation].startsWith("localhost/")',
          field: '',
          must: 'be runtime/default or localhost/…',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app}]',
      '{securityContext: {appArmorProfile: {type: RuntimeDefault}}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      '{securityContext: {appArmorProfile: {type: Unconfined}}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {appArmorProfile: {type: Unconfined}}}]',
    ],
  },
});
