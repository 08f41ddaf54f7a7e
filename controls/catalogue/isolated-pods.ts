import { Network } from '../../analysis';
import { defineControl } from '../control';

export const control = defineControl({
  id: 'isolated-pods',
  title: 'Network policies restrict both what pods receive and what they send',
  why: 'A pod that no policy selects can be reached by, and can reach, every other pod and most of the network: one that is taken over is a way to all of them.',
  severity: 'high',
  about: 'inventory',
  profiles: ['hardened'],
  references: {
    cis: ['5.3.2'],
    nsa: ['Network separation and hardening: network policies'],
    attack: ['T1046'],
    urls: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies'],
  },
  caution: 'Connections that no policy allows stop working, name resolution among them.',
  *check(inventory) {
    const network = new Network(inventory);
    for (const workload of network.workloads) {
      // No policy can select them: `no-host-network` is what speaks of those.
      if (workload.hostNetwork) continue;
      const { ingress, egress } = network.isolation(workload);
      const open = [...(ingress.length === 0 ? ['Ingress'] : []), ...(egress.length === 0 ? ['Egress'] : [])];
      if (open.length === 0) continue;
      const { object, pod, namespace, labels } = workload;
      const where = namespace === '' ? 'that names no namespace either' : `in namespace "${namespace}"`;
      yield {
        object,
        path: [...pod.metadata, 'labels'],
        found: labels,
        message: `no NetworkPolicy ${where} restricts ${open.join(' and ').toLowerCase()} of ${object.kind} "${object.name}"`,
        fix: `add a NetworkPolicy with podSelector {} and policyTypes [${open.join(', ')}], then policies that allow what is needed`,
      };
    }
  },
  examples: {
    good: [
      `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: app, image: app}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`,
    ],
    bad: [
      `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: app, image: app}]}}}
`,
      `
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: app, image: app}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-ingress, namespace: shop}
spec: {podSelector: {matchLabels: {app: cart}}}
`,
    ],
  },
});
