import { defineControl } from '../control';
import { pod } from '../places';

export const control = defineControl({
  id: 'no-host-ipc',
  title: 'Pods do not share memory with their node',
  why: 'In the node’s IPC namespace a pod reads and changes the shared memory of other programs.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'hostNamespaces', cis: ['5.2.4'], nsa: ['Pod security enforcement'], attack: ['T1611'] },
  caution: 'Programs that talk through shared memory with the node or other pods lose each other.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: pod,
          holds: '!pod.?hostIPC.orValue(false)',
          field: 'hostIPC',
          must: 'be false',
          fix: [{ set: 'hostIPC', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app}]', '{hostIPC: false, containers: [{name: app, image: app}]}'],
    bad: ['{hostIPC: true, containers: [{name: app, image: app}]}'],
  },
});
