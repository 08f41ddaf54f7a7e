import { defineControl } from '../control';
import { plannedContainer } from '../places';
import { someAmount } from '../resources';

export const control = defineControl({
  id: 'cpu-limit',
  title: 'Containers cannot take all spare CPU of their node',
  why: 'Without a limit a container may use all CPU that others have not asked for: a miner among them too.',
  severity: 'low',
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
          holds: someAmount('cpu', ['limits']),
          field: 'resources.limits.cpu',
          must: 'be set, to more than 0',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, resources: {limits: {cpu: 500m}}}]',
      '{resources: {limits: {cpu: 500m}}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, resources: {limits: {cpu: 0}}}]',
      'containers: [{name: app, image: app, resources: {requests: {cpu: 500m}}}]',
    ],
  },
});
