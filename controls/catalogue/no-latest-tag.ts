import { defineControl } from '../control';
import { container } from '../places';

export const control = defineControl({
  id: 'no-latest-tag',
  title: 'Images name a version',
  why: 'latest, or no tag at all, is whatever was pushed last: a restart can bring another version, and nobody can tell which one runs.',
  severity: 'medium',
  about: 'pods',
  profiles: ['hardened'],
  references: {
    nsa: ['Building secure container images'],
    attack: ['T1525'],
    urls: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: container,
          // A colon before the last slash belongs to the registry's port.
          holds:
            'container.?image.orValue("").contains("@") || ' +
            '(container.?image.orValue("").matches(":[^/]+$") && !container.image.endsWith(":latest"))',
          field: 'image',
          must: 'have a tag other than latest, or a digest',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: "localhost:5000/app:1.4.2"}]',
      `containers: [{name: app, image: "app@sha256:${'0123456789abcdef'.repeat(4)}"}]`,
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: "app:latest"}]',
      'containers: [{name: app, image: "localhost:5000/app"}]',
    ],
  },
});
