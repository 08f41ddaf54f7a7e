import { defineControl } from '../control';
import { container, pod } from '../places';

export const control = defineControl({
  id: 'no-windows-host-process',
  title: 'Windows containers do not run on the node itself',
  why: 'A HostProcess container is an ordinary process of the Windows node, with its files, network and accounts.',
  severity: 'high',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'windowsHostProcess', cis: ['5.2.10'], nsa: ['Pod security enforcement'], attack: ['T1611'] },
  caution: 'A container that administers its Windows node stops working.',
  revisions: [
    {
      since: '1.0',
      assert: [pod, container].map((each) => ({
        each,
        holds: `!${each.as}.?securityContext.?windowsOptions.?hostProcess.orValue(false)`,
        field: 'securityContext.windowsOptions.hostProcess',
        must: 'be false',
        fix: [{ set: 'securityContext.windowsOptions.hostProcess', to: false }],
      })),
    },
  ],
  examples: {
    good: ['{os: {name: windows}, containers: [{name: app, image: app}]}'],
    bad: [
      '{os: {name: windows}, hostNetwork: true, securityContext: {windowsOptions: {hostProcess: true}}, containers: [{name: app, image: app}]}',
      'containers: [{name: app, image: app, securityContext: {windowsOptions: {hostProcess: true}}}]',
    ],
  },
});
