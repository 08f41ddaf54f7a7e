import { defineControl } from '../control';
import { plannedContainer } from '../places';

export const control = defineControl({
  id: 'read-only-root-filesystem',
  title: 'Containers cannot change their own files',
  why: 'Whoever breaks into a program can then neither replace it nor leave tools beside it.',
  severity: 'medium',
  about: 'pods',
  profiles: ['hardened'],
  references: { nsa: ['Immutable container file systems'], attack: ['T1105', 'T1554'] },
  caution: 'A program that writes beside its files needs a volume (an emptyDir) at that path.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: plannedContainer,
          holds: 'variables.windows || container.?securityContext.?readOnlyRootFilesystem.orValue(false)',
          field: 'securityContext.readOnlyRootFilesystem',
          must: 'be true',
          fix: [{ set: 'securityContext.readOnlyRootFilesystem', to: true }],
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, securityContext: {readOnlyRootFilesystem: true}}]',
      '{os: {name: windows}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, securityContext: {readOnlyRootFilesystem: false}}]',
    ],
  },
});
