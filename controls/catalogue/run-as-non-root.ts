import { defineControl } from '../control';
import { container, pod } from '../places';

const field = 'securityContext.runAsNonRoot';

const assert = (unless = '') => [
  {
    each: pod,
    holds:
      `${unless}pod.?securityContext.?runAsNonRoot.orValue(variables.containers.all(container, ` +
      'container.?securityContext.?runAsNonRoot.hasValue()))',
    field,
    must: 'be true',
    fix: [{ set: field, to: true }],
  },
  {
    each: container,
    holds: `${unless}container.?securityContext.?runAsNonRoot.orValue(true)`,
    field,
    must: 'be true, or absent where the pod sets it',
    fix: [{ set: field, to: true }],
  },
];

export const control = defineControl({
  id: 'run-as-non-root',
  title: 'Containers do not run as root',
  why: 'Root in a container is root on the node as soon as anything else gives way; as another user, most ways out are closed.',
  severity: 'high',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  references: {
    pss: 'runAsNonRoot',
    cis: ['5.2.7'],
    nsa: ['“Non-root” containers and “rootless” container engines'],
    attack: ['T1611'],
  },
  caution: 'An image whose user is root, or a name instead of a number, does not start until runAsUser names a user.',
  revisions: [
    { since: '1.0', assert: assert() },
    { since: '1.35', assert: assert('variables.userNamespace || ') },
  ],
  examples: {
    good: [
      '{securityContext: {runAsNonRoot: true}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {runAsNonRoot: true}}]',
      '{hostUsers: false, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      '{securityContext: {runAsNonRoot: true}, containers: [{name: app, image: app, securityContext: {runAsNonRoot: false}}]}',
      '{securityContext: {runAsNonRoot: false}, containers: [{name: app, image: app, securityContext: {runAsNonRoot: true}}]}',
    ],
  },
});
