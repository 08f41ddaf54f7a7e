import { defineControl } from '../control';
import { pod } from '../places';

export const control = defineControl({
  id: 'no-host-network',
  title: 'Pods have a network of their own',
  why: 'On the node’s network a pod sees the node’s traffic, reaches what listens on localhost, and no network policy applies to it.',
  severity: 'high',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'hostNamespaces', cis: ['5.2.5'], nsa: ['Pod security enforcement'], attack: ['T1611', 'T1040'] },
  caution: 'The pod gets an address of its own; whoever reached it at the node’s address needs a Service.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: pod,
          holds: '!pod.?hostNetwork.orValue(false)',
          field: 'hostNetwork',
          must: 'be false',
          fix: [{ set: 'hostNetwork', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app}]', '{hostNetwork: false, containers: [{name: app, image: app}]}'],
    bad: ['{hostNetwork: true, containers: [{name: app, image: app}]}'],
  },
});
