import { defineControl } from '../control';
import { container, pod } from '../places';

const assert = (types: readonly string[]) =>
  [pod, container].flatMap((each) => {
    const option = (name: string) => `${each.as}.?securityContext.?seLinuxOptions.?${name}.orValue("")`;
    const field = (name: string) => `securityContext.seLinuxOptions.${name}`;
    return [
      {
        each,
        holds: `${option('type')} in ${JSON.stringify(['', ...types])}`,
        field: field('type'),
        must: `be absent or one of ${types.join(', ')}`,
        fix: [{ remove: field('type') }],
      },
      ...['user', 'role'].map((name) => ({
        each,
        holds: `${option(name)} == ""`,
        field: field(name),
        must: 'be absent',
        fix: [{ remove: field(name) }],
      })),
    ];
  });

const types = ['container_t', 'container_init_t', 'container_kvm_t'];

export const control = defineControl({
  id: 'limit-selinux-options',
  title: 'SELinux keeps confining containers',
  why: 'A type such as spc_t, or a user or role of one’s own, takes the container out of SELinux’ confinement.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'seLinuxOptions', nsa: ['Hardening container environments'], attack: ['T1611'] },
  caution: 'On nodes with SELinux, the container loses access that only the removed label gave it.',
  revisions: [
    { since: '1.0', assert: assert(types) },
    { since: '1.31', assert: assert([...types, 'container_engine_t']) },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, securityContext: {seLinuxOptions: {level: "s0:c123,c456"}}}]',
      '{securityContext: {seLinuxOptions: {type: container_engine_t}}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      '{securityContext: {seLinuxOptions: {type: spc_t}}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {seLinuxOptions: {user: system_u}}}]',
      'containers: [{name: app, image: app, securityContext: {seLinuxOptions: {role: system_r}}}]',
    ],
  },
});
