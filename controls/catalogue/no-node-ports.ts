import { defineControl } from '../control';
import { object } from '../places';

export const control = defineControl({
  id: 'no-node-ports',
  title: 'Services open no port on the nodes',
  why: 'A node port is open on every node, to everyone who reaches one: past load balancer, Ingress and their rules.',
  severity: 'medium',
  about: { group: '', versions: ['v1'], resources: { Service: 'services' } },
  profiles: ['hardened'],
  references: {
    attack: ['T1133'],
    urls: ['https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-nodeport-allocation'],
  },
  caution: 'Load balancers that forward to node ports, instead of to pods, need them.',
  revisions: [
    {
      // allocateLoadBalancerNodePorts came to stay with 1.24.
      since: '1.24',
      assert: [
        {
          each: object,
          holds: 'object.spec.?type.orValue("ClusterIP") != "NodePort"',
          field: 'spec.type',
          must: 'be ClusterIP, behind an Ingress or a Gateway where it serves the outside',
        },
        {
          each: object,
          holds:
            'object.spec.?type.orValue("ClusterIP") != "LoadBalancer" || ' +
            '!object.spec.?allocateLoadBalancerNodePorts.orValue(true)',
          field: 'spec.allocateLoadBalancerNodePorts',
          must: 'be false',
          fix: [{ set: 'spec.allocateLoadBalancerNodePorts', to: false }],
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80}]}
`,
      `
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: cart}, ports: [{port: 80}]}
`,
    ],
    bad: [
      `
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {type: NodePort, selector: {app: cart}, ports: [{port: 80}]}
`,
      `
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {type: LoadBalancer, selector: {app: cart}, ports: [{port: 80}]}
`,
    ],
  },
});
