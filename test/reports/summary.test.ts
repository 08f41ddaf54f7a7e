import { summary } from '../../reports';
import { exemption, pod, reportOf } from './support';

const deployment = (name: string, namespace = 'shop') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec: {template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: app, image: app}]}}}
`;
const policies = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress:
    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
      ports: [{port: 53, protocol: UDP}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  ingress: [{from: [{podSelector: {matchLabels: {app: frontend}}}], ports: [{port: 7070}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: frontend, namespace: shop}
spec:
  podSelector: {matchLabels: {app: frontend}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: cart}}}], ports: [{port: 7070}]}]
`;
const lines = (...reports: Parameters<typeof summary>) => [...summary(...reports)].join('').split('\n');
const row = (text: readonly string[], title: string) =>
  text
    .find((line) => line.startsWith(title))
    ?.slice(title.length)
    .trim()
    .split(/\s+/);

test('before and after stand side by side', () => {
  const before = reportOf([deployment('cart'), deployment('frontend')].join('---'), { profile: 'hardened' });
  const after = reportOf([deployment('cart'), policies].join('---'), { profile: 'hardened' });
  const text = lines(after, before);
  expect(text[0]?.trim().split(/\s+/)).toEqual(['before', 'after']);
  expect(row(text, 'objects')).toEqual(['2', '4']);
  expect(row(text, 'workloads')).toEqual(['2', '1']);
  expect(row(text, 'that receive from anyone')).toEqual(['2', '0']);
  expect(row(text, 'that send to anyone')).toEqual(['2', '0']);
  const [highBefore, highAfter] = row(text, 'high findings') ?? [];
  expect(Number(highBefore)).toBeGreaterThan(Number(highAfter));
});

test('connections are listed, what all workloads share once, without the namespace that all share', () => {
  const text = lines(reportOf([deployment('cart'), deployment('frontend'), policies].join('---')));
  expect(text.slice(text.indexOf('Connections open'))).toEqual([
    'Connections open',
    '  all 2 workloads -> any pod in namespace kube-system 53/UDP',
    '  frontend -> cart 7070/TCP',
    '',
  ]);
});

test('namespaces are named where there are several', () => {
  const text = lines(reportOf([deployment('cart'), deployment('web', 'other')].join('---')));
  expect(text).toContain('  anyone -> other/web all ports');
});

test('no connections are said to be none', () => {
  const text = lines(reportOf('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n'));
  expect(text.slice(-3)).toEqual(['Connections open', '  none', '']);
});

test('exemptions are listed with reason and end, and what they are about below', () => {
  const text = lines(reportOf(pod, { exemptions: [exemption] }));
  const at = text.indexOf('  no-host-ipc  until 2027-01-31: shares a ring buffer with the node');
  expect(text[at - 1]).toBe('Exempted');
  expect(text[at + 1]).toBe('    Pod shop/web');
  expect(row(text, 'exempted findings')).toEqual(['1']);
});

test('each control that does not hold is counted before and after, and what is exempted is said apart', () => {
  const before = reportOf(pod);
  const after = reportOf(pod, { exemptions: [exemption] });
  const count = (text: readonly string[]) => text.find((line) => line.includes(' no-host-ipc ')) ?? '';
  expect(count(lines(before))).toMatch(/^ {2}medium {4}no-host-ipc +1 {2}/);
  expect(count(lines(after, before))).toMatch(/^ {2}medium {4}no-host-ipc +1 -> 0 \(1 exempted\) {2}/);
});
