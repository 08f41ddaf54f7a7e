import { defineControl } from '../control';
import { volume } from '../places';

const allowed = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

export const control = defineControl({
  id: 'restrict-volume-types',
  title: 'Volumes come from the cluster, not from nodes or networks',
  why: 'Other types mount files of the node, or storage at an address the pod chooses, past what the cluster’s owner has offered.',
  severity: 'high',
  about: 'pods',
  profiles: ['restricted', 'hardened'],
  overrides: 'no-host-path',
  references: { pss: 'restrictedVolumes', cis: ['5.2.11'], nsa: ['Pod security enforcement'], attack: ['T1611'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: volume,
          holds: allowed.map((type) => `has(volume.${type})`).join(' || '),
          field: '',
          must: `be one of ${allowed.join(', ')}`,
        },
      ],
    },
  ],
  examples: {
    good: allowed.map((type) => `{containers: [{name: app, image: app}], volumes: [{name: data, ${type}: {}}]}`),
    bad: [
      '{containers: [{name: app, image: app}], volumes: [{name: logs, hostPath: {path: /var/log}}]}',
      '{containers: [{name: app, image: app}], volumes: [{name: share, nfs: {server: 10.0.0.1, path: /}}]}',
    ],
  },
});
