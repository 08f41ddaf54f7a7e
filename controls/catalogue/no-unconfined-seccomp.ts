import { defineControl } from '../control';
import { container, pod, podAnnotation } from '../places';

const field = 'securityContext.seccompProfile';

export const control = defineControl({
  id: 'no-unconfined-seccomp',
  title: 'Seccomp is not turned off',
  why: 'Without seccomp a process may make every system call, and each one is a way to attack the kernel all pods share.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: {
    pss: 'seccompProfile_baseline',
    cis: ['5.6.2'],
    nsa: ['Hardening container environments'],
    attack: ['T1611', 'T1068'],
  },
  caution: 'System calls that the runtime’s profile forbids fail.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: podAnnotation,
          // The annotations were in use before the fields came with 1.19; one for an unknown container means nothing.
          holds:
            '!(annotation == "seccomp.security.alpha.kubernetes.io/pod" || variables.containers.exists(container, ' +
            'annotation == "container.seccomp.security.alpha.kubernetes.io/" + container.?name.orValue(""))) || ' +
            'variables.metadata.annotations[annotation] in ["runtime/default", "docker/default"] || ' +
            'variables.metadata.annotations[annotation].startsWith("localhost/")',
          field: '',
          must: 'be runtime/default or localhost/…',
        },
      ],
    },
    {
      since: '1.19',
      assert: [pod, container].map((each) => ({
        each,
        holds:
          `!${each.as}.?securityContext.?seccompProfile.hasValue() || ` +
          `${each.as}.${field}.?type.orValue("") in ["RuntimeDefault", "Localhost"]`,
        field: `${field}.type`,
        must: 'be RuntimeDefault or Localhost',
        fix: [{ set: field, to: { type: 'RuntimeDefault' } }],
      })),
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, securityContext: {seccompProfile: {type: RuntimeDefault}}}]',
    ],
    bad: [
      '{securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {seccompProfile: {type: Unconfined}}}]',
    ],
  },
});
