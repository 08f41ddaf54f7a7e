import { defineControl } from '../control';
import { object } from '../places';

export const control = defineControl({
  id: 'no-default-namespace',
  title: 'Workloads live in a namespace made for them',
  why: 'Policies, quotas and rights are given by namespace; what nobody placed gathers in default, where none of them fits all.',
  severity: 'low',
  // Only what holds pods: other objects in default do not run. One that names no namespace leaves it to whoever applies it.
  about: 'pods',
  profiles: ['hardened'],
  references: { cis: ['5.6.4'], nsa: ['Namespaces'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: object,
          holds: 'object.?metadata.?namespace.orValue("") != "default"',
          field: 'metadata.namespace',
          must: 'be a namespace made for the workload',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app}]',
      `
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop}
spec: {containers: [{name: app, image: app}]}
`,
    ],
    bad: [
      `
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: default}
spec: {containers: [{name: app, image: app}]}
`,
    ],
  },
});
