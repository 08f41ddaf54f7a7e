import { defineControl } from '../control';
import { container } from '../places';

/** What a container runtime grants by default, NET_RAW apart. */
const allowed = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

export const control = defineControl({
  id: 'limit-added-capabilities',
  title: 'Containers add no capabilities beyond the usual',
  why: 'Capabilities are pieces of root: SYS_ADMIN mounts file systems, SYS_PTRACE enters processes, NET_ADMIN changes routes and firewalls.',
  severity: 'high',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'capabilities_baseline', nsa: ['Pod security enforcement'], attack: ['T1611'] },
  caution: 'What needs the capability fails with “operation not permitted”.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: container,
          holds: `container.?securityContext.?capabilities.?add.orValue([]).all(capability, capability in ${JSON.stringify(allowed)})`,
          field: 'securityContext.capabilities.add',
          must: `hold nothing but ${allowed.join(', ')}`,
          fix: [{ filter: 'securityContext.capabilities.add', keep: `item in ${JSON.stringify(allowed)}` }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app, securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}}]'],
    bad: [
      'containers: [{name: app, image: app, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]',
      'containers: [{name: app, image: app, securityContext: {capabilities: {add: [CHOWN, ALL]}}}]',
    ],
  },
});
