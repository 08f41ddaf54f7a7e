import { defineControl } from '../control';
import { container } from '../places';

const assert = (unless = '') => [
  {
    each: container,
    holds: `${unless}"ALL" in container.?securityContext.?capabilities.?drop.orValue([])`,
    field: 'securityContext.capabilities.drop',
    must: 'be [ALL]',
    fix: [{ set: 'securityContext.capabilities.drop', to: ['ALL'] }],
  },
  {
    each: container,
    holds: `${unless}container.?securityContext.?capabilities.?add.orValue([]).all(capability, capability == "NET_BIND_SERVICE")`,
    field: 'securityContext.capabilities.add',
    must: 'hold nothing but NET_BIND_SERVICE',
    fix: [{ filter: 'securityContext.capabilities.add', keep: 'item == "NET_BIND_SERVICE"' }],
  },
];

export const control = defineControl({
  id: 'drop-all-capabilities',
  title: 'Containers give up all capabilities',
  why: 'A runtime grants a dozen pieces of root to every container: forging packets, changing owners of files, switching users. Few programs need one.',
  severity: 'medium',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  overrides: 'limit-added-capabilities',
  references: {
    pss: 'capabilities_restricted',
    cis: ['5.2.8', '5.2.9'],
    nsa: ['Pod security enforcement'],
    attack: ['T1611'],
  },
  caution: 'Programs that change owners, switch users or open raw sockets fail with “operation not permitted”.',
  revisions: [
    { since: '1.22', assert: assert() },
    { since: '1.25', assert: assert('variables.windows || ') },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, securityContext: {capabilities: {drop: [ALL]}}}]',
      'containers: [{name: app, image: app, securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}}]',
      '{os: {name: windows}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, securityContext: {capabilities: {drop: [NET_RAW]}}}]',
      'containers: [{name: app, image: app, securityContext: {capabilities: {drop: [ALL], add: [CHOWN]}}}]',
    ],
  },
});
