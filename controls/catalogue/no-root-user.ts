import { defineControl } from '../control';
import { container, pod } from '../places';

const assert = (unless = '') =>
  [pod, container].map((each) => ({
    each,
    holds: `${unless}${each.as}.?securityContext.?runAsUser.orValue(1) != 0`,
    field: 'securityContext.runAsUser',
    must: 'not be 0',
    fix: [{ remove: 'securityContext.runAsUser' }],
  }));

export const control = defineControl({
  id: 'no-root-user',
  title: 'No user 0 is asked for',
  why: 'User 0 is root in the container, and root on the node as soon as anything else gives way.',
  severity: 'high',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  references: {
    pss: 'runAsUser',
    cis: ['5.2.7'],
    nsa: ['“Non-root” containers and “rootless” container engines'],
    attack: ['T1611'],
  },
  caution: 'The container runs as the user its image names; files that only root may read are out of reach.',
  revisions: [
    { since: '1.23', assert: assert() },
    { since: '1.35', assert: assert('variables.userNamespace || ') },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app}]',
      '{securityContext: {runAsUser: 10001}, containers: [{name: app, image: app}]}',
      '{hostUsers: false, securityContext: {runAsUser: 0}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      '{securityContext: {runAsUser: 0}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {runAsUser: 0}}]',
    ],
  },
});
