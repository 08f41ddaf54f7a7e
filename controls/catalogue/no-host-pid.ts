import { defineControl } from '../control';
import { pod } from '../places';

export const control = defineControl({
  id: 'no-host-pid',
  title: 'Pods do not see the processes of their node',
  why: 'In the node’s process namespace a pod reads environment, arguments and files of every other process, and with enough rights enters them.',
  severity: 'high',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'hostNamespaces', cis: ['5.2.3'], nsa: ['Pod security enforcement'], attack: ['T1611', 'T1057'] },
  caution: 'Monitoring that watches the processes of its node sees only its own.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: pod,
          holds: '!pod.?hostPID.orValue(false)',
          field: 'hostPID',
          must: 'be false',
          fix: [{ set: 'hostPID', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app}]', '{hostPID: false, containers: [{name: app, image: app}]}'],
    bad: ['{hostPID: true, containers: [{name: app, image: app}]}'],
  },
});
