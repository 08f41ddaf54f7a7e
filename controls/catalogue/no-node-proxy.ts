import { defineControl } from '../control';
import { rule } from '../places';
import { aggregated, allows, roles } from '../rbac';

export const control = defineControl({
  id: 'no-node-proxy',
  title: 'No role speaks to kubelets directly',
  why: 'nodes/proxy leads to the kubelet’s own API: commands in every pod of the node, past admission and the audit log, even for who may only get.',
  severity: 'high',
  about: roles,
  profiles: ['hardened'],
  references: {
    cis: ['5.1.10'],
    nsa: ['Role-based access control'],
    attack: ['T1609'],
    urls: ['https://kubernetes.io/docs/concepts/security/rbac-good-practices/'],
  },
  revisions: [
    {
      since: '1.8',
      assert: [
        {
          each: rule,
          holds: `${aggregated} || !(${allows('', ['nodes/proxy'], ['get', 'create', 'update', 'patch', 'delete'])})`,
          field: 'resources',
          must: 'not hold nodes/proxy; nodes/metrics, nodes/stats and nodes/healthz give less',
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: metrics}
rules: [{apiGroups: [''], resources: [nodes/metrics], verbs: [get]}]
`,
    ],
    bad: [
      `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: metrics}
rules: [{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}]
`,
    ],
  },
});
