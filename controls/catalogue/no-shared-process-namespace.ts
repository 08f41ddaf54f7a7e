import { defineControl } from '../control';
import { pod } from '../places';

export const control = defineControl({
  id: 'no-shared-process-namespace',
  title: 'Containers of a pod do not see each other’s processes',
  why: 'With shared processes one container reads environment and files of its neighbours, and a sidecar that is taken over takes over the rest.',
  severity: 'medium',
  about: 'pods',
  profiles: ['hardened'],
  references: {
    attack: ['T1057'],
    urls: ['https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/'],
  },
  caution: 'A sidecar that signals or debugs its neighbours no longer finds them.',
  revisions: [
    {
      since: '1.10',
      assert: [
        {
          each: pod,
          holds: '!pod.?shareProcessNamespace.orValue(false)',
          field: 'shareProcessNamespace',
          must: 'be false',
          fix: [{ set: 'shareProcessNamespace', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app}]'],
    bad: ['{shareProcessNamespace: true, containers: [{name: app, image: app}]}'],
  },
});
