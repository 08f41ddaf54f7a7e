import { defineControl } from '../control';
import { container, pod } from '../places';

const field = 'securityContext.seccompProfile';

const assert = (unless = '') => {
  const valid = (element: string) => `${element}.${field}.?type.orValue("") in ["RuntimeDefault", "Localhost"]`;
  const rest = { field: `${field}.type`, must: 'be RuntimeDefault or Localhost' };
  const fix = [{ set: field, to: { type: 'RuntimeDefault' } }];
  return [
    {
      each: pod,
      holds:
        `${unless}(pod.?securityContext.?seccompProfile.hasValue() ? ${valid('pod')} : ` +
        'variables.containers.all(container, container.?securityContext.?seccompProfile.hasValue()))',
      ...rest,
      fix,
    },
    {
      each: container,
      holds: `${unless}!container.?securityContext.?seccompProfile.hasValue() || ${valid('container')}`,
      ...rest,
      fix,
    },
  ];
};

export const control = defineControl({
  id: 'seccomp-profile',
  title: 'A seccomp profile limits system calls',
  why: 'Without one, most kubelets let a process make every system call, and each one is a way to attack the kernel all pods share.',
  severity: 'medium',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  overrides: 'no-unconfined-seccomp',
  references: {
    pss: 'seccompProfile_restricted',
    cis: ['5.6.2'],
    nsa: ['Hardening container environments'],
    attack: ['T1611', 'T1068'],
  },
  caution: 'System calls that the runtime’s profile forbids fail.',
  revisions: [
    { since: '1.19', assert: assert() },
    { since: '1.25', assert: assert('variables.windows || ') },
  ],
  examples: {
    good: [
      '{securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {seccompProfile: {type: Localhost, localhostProfile: app.json}}}]',
      '{os: {name: windows}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      '{securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: app, image: app, securityContext: {seccompProfile: {type: RuntimeDefault}}}]}',
      '{securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: [{name: app, image: app, securityContext: {seccompProfile: {type: Unconfined}}}]}',
    ],
  },
});
