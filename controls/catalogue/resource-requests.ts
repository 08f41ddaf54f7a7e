import { defineControl } from '../control';
import { plannedContainer } from '../places';
import { someAmount } from '../resources';

export const control = defineControl({
  id: 'resource-requests',
  title: 'Containers ask for the CPU and memory they need',
  why: 'The scheduler fills a node by requests: what asks for nothing ends up beside too many others, and is first to be starved or evicted.',
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
      assert: (['cpu', 'memory'] as const).map((resource) => ({
        each: plannedContainer,
        holds: someAmount(resource, ['requests', 'limits']),
        field: `resources.requests.${resource}`,
        must: 'be set, to more than 0',
      })),
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, resources: {requests: {cpu: 100m, memory: 64Mi}}}]',
      'containers: [{name: app, image: app, resources: {requests: {cpu: 100m}, limits: {memory: 64Mi}}}]',
      '{resources: {requests: {cpu: 1, memory: 1Gi}}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      'containers: [{name: app, image: app}]',
      'containers: [{name: app, image: app, resources: {requests: {cpu: 100m}}}]',
      'containers: [{name: app, image: app, resources: {requests: {memory: 64Mi}}}]',
      'containers: [{name: app, image: app, resources: {requests: {cpu: 0, memory: 64Mi}}}]',
    ],
  },
});
