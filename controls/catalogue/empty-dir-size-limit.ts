import { defineControl } from '../control';
import { volume } from '../places';

export const control = defineControl({
  id: 'empty-dir-size-limit',
  title: 'Scratch space is limited',
  why: 'An emptyDir without a limit grows until the disk of its node is full, or, with medium Memory, its memory.',
  severity: 'low',
  about: 'pods',
  profiles: ['hardened'],
  references: {
    nsa: ['Resource policies'],
    attack: ['T1499'],
    urls: ['https://kubernetes.io/docs/concepts/storage/volumes/#emptydir'],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: volume,
          holds: '!has(volume.emptyDir) || has(volume.emptyDir.sizeLimit)',
          field: 'emptyDir.sizeLimit',
          must: 'be set',
        },
      ],
    },
  ],
  examples: {
    good: [
      '{containers: [{name: app, image: app}], volumes: [{name: cache, emptyDir: {sizeLimit: 64Mi}}]}',
      '{containers: [{name: app, image: app}], volumes: [{name: flags, configMap: {name: flags}}]}',
    ],
    bad: [
      '{containers: [{name: app, image: app}], volumes: [{name: cache, emptyDir: {}}]}',
      '{containers: [{name: app, image: app}], volumes: [{name: cache, emptyDir: {medium: Memory}}]}',
      '{containers: [{name: app, image: app}], volumes: [{name: cache, emptyDir: null}]}',
    ],
  },
});
