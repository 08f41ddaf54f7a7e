import { defineControl } from '../control';
import { container } from '../places';

export const control = defineControl({
  id: 'image-digest',
  title: 'Images are named by their content',
  why: 'A tag can be moved: what was tested and what runs next week may differ, and whoever takes over the registry decides which.',
  severity: 'medium',
  about: 'pods',
  profiles: ['hardened'],
  references: { nsa: ['Building secure container images'], attack: ['T1525', 'T1195.002'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: container,
          holds: 'container.?image.orValue("").matches("@sha256:[a-f0-9]{64}$")',
          field: 'image',
          must: 'end in @sha256: and the digest of the image',
        },
      ],
    },
  ],
  examples: {
    good: [
      `containers: [{name: app, image: "ghcr.io/acme/app@sha256:${'0123456789abcdef'.repeat(4)}"}]`,
      `containers: [{name: app, image: "ghcr.io/acme/app:1.4.2@sha256:${'0123456789abcdef'.repeat(4)}"}]`,
    ],
    bad: [
      'containers: [{name: app, image: "ghcr.io/acme/app:1.4.2"}]',
      'containers: [{name: app, image: "ghcr.io/acme/app@sha256:0123"}]',
    ],
  },
});
