import { defineControl } from '../control';
import { volume } from '../places';

export const control = defineControl({
  id: 'no-host-path',
  title: 'No files of the node are mounted',
  why: 'Files of the node hold the kubelet’s credentials, the sockets of the container runtime and other pods’ secrets; one writable folder can be enough to own the node.',
  severity: 'high',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'hostPathVolumes', cis: ['5.2.11'], nsa: ['Pod security enforcement'], attack: ['T1611'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: volume,
          holds: '!has(volume.hostPath)',
          field: 'hostPath',
          must: 'not be used: choose a volume type that does not belong to the node',
        },
      ],
    },
  ],
  examples: {
    good: ['{containers: [{name: app, image: app}], volumes: [{name: cache, emptyDir: {}}]}'],
    bad: ['{containers: [{name: app, image: app}], volumes: [{name: logs, hostPath: {path: /var/log}}]}'],
  },
});
