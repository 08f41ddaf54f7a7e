import { defineControl } from '../control';
import { plannedContainer } from '../places';
import { someAmount } from '../resources';

export const control = defineControl({
  id: 'memory-limit',
  title: 'Containers cannot take all memory of their node',
  why: 'Memory that one container takes without a limit is taken from its neighbours: the kernel then kills some of them.',
  severity: 'medium',
  about: 'pods',
  profiles: ['hardened'],
  references: {
    nsa: ['Resource policies'],
    attack: ['T1496', 'T1499'],
    urls: ['https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/'],
  },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: plannedContainer,
          holds: someAmount('memory', ['limits']),
          field: 'resources.limits.memory',
          must: 'be set, to more than 0',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, resources: {limits: {memory: 64Mi}}}]',
      '{resources: {limits: {memory: 64Mi}}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, resources: {limits: {memory: 0}}}]',
      'containers: [{name: app, image: app, resources: {requests: {memory: 64Mi}}}]',
    ],
  },
});
