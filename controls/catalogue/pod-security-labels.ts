import { defineControl } from '../control';
import { object } from '../places';

const label = (name: string) => `object.metadata.?labels[?"pod-security.kubernetes.io/${name}"]`;
const field = (name: string) => `metadata.labels["pod-security.kubernetes.io/${name}"]`;

export const control = defineControl({
  id: 'pod-security-labels',
  title: 'Namespaces refuse dangerous pods',
  why: 'Without an enforced level, whoever may create pods in the namespace may create privileged ones, and so owns its nodes.',
  severity: 'medium',
  about: { group: '', versions: ['v1'], resources: { Namespace: 'namespaces' } },
  profiles: ['hardened'],
  references: {
    cis: ['5.2.1'],
    nsa: ['Pod security enforcement'],
    attack: ['T1610', 'T1611'],
    urls: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
  },
  caution: 'Pods that the level forbids are no longer created; those that run stay.',
  revisions: [
    {
      since: '1.25',
      assert: [
        {
          each: object,
          // What runs a cluster's nodes lives in kube-system and cannot do with less.
          holds:
            'object.metadata.name == "kube-system" || ' +
            `${label('enforce')}.orValue("privileged") in ["baseline", "restricted"]`,
          field: field('enforce'),
          must: 'be baseline or restricted',
          // Restricted would stop most pods that were not written for it.
          fix: [{ set: field('enforce'), to: 'baseline' }],
        },
        {
          each: object,
          // Both are good: latest follows the cluster, a version keeps an upgrade from refusing what ran. But the older
          // the version, the less is checked; 1.25 is where the checks became stable.
          holds: `${label('enforce-version')}.orValue("latest").matches("^(latest|v1[.](2[5-9]|[3-9][0-9]))$")`,
          field: field('enforce-version'),
          must: 'be latest, or v1.25 or newer',
          fix: [{ set: field('enforce-version'), to: 'latest' }],
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
`,
      `
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/enforce-version: v1.37}
`,
    ],
    bad: [
      `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`,
      `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: privileged}}
`,
      `
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.8}
`,
    ],
  },
});
