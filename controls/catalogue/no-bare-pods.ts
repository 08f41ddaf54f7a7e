import { defineControl } from '../control';
import { object } from '../places';

export const control = defineControl({
  id: 'no-bare-pods',
  title: 'Pods belong to a workload',
  why: 'A pod of its own is gone when its node is: nothing starts it again, updates it or limits how often it runs.',
  severity: 'low',
  about: { group: '', versions: ['v1'], resources: { Pod: 'pods' } },
  profiles: ['hardened'],
  references: { urls: ['https://kubernetes.io/docs/concepts/configuration/overview/'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: object,
          holds: 'object.metadata.?ownerReferences.orValue([]).exists(owner, owner.?controller.orValue(false))',
          field: 'metadata.ownerReferences',
          must: 'name a controller: write a Deployment, StatefulSet, DaemonSet or Job instead',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: v1
kind: Pod
metadata:
  name: cart-1
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart, uid: 1, controller: true}]
spec: {containers: [{name: app, image: app}]}
`,
      `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec: {template: {spec: {containers: [{name: app, image: app}]}}}
`,
    ],
    bad: [
      `
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec: {containers: [{name: app, image: app}]}
`,
    ],
  },
});
