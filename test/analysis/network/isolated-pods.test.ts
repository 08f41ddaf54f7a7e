import { control } from '../../../controls/catalogue/isolated-pods';
import { loadText } from '../../../inventory';

const deployment = (more = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {${more} containers: []}}}
`;
const policy = (spec: string, namespace = 'shop') => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: policy, namespace: ${namespace}}
spec: ${spec}
`;
const messages = (...manifests: string[]) =>
  [...control.check(loadText(manifests.join('---\n'), 'shop.yaml'))].map(({ message, fix }) => `${message}; ${fix}`);

test('a workload without policies of its namespace is open in both directions', () => {
  expect(messages(deployment())).toEqual([
    'no NetworkPolicy in namespace "shop" restricts ingress and egress of Deployment "cart"; ' +
      'add a NetworkPolicy with podSelector {} and policyTypes [Ingress, Egress], then policies that allow what is needed',
  ]);
});

test('the direction that is open is named', () => {
  expect(messages(deployment(), policy('{podSelector: {}, policyTypes: [Ingress]}'))).toEqual([
    expect.stringMatching(/ restricts egress of Deployment "cart"; .* policyTypes \[Egress\]/),
  ]);
});

test('policies that together restrict both directions are enough', () => {
  expect(
    messages(
      deployment(),
      policy('{podSelector: {matchLabels: {app: cart}}, policyTypes: [Ingress]}'),
      policy('{podSelector: {}, policyTypes: [Egress]}'),
    ),
  ).toEqual([]);
});

test('a policy of another namespace, or for other pods, restricts nothing', () => {
  const both = 'policyTypes: [Ingress, Egress]';
  expect(messages(deployment(), policy(`{podSelector: {}, ${both}}`, 'other'))).toHaveLength(1);
  expect(messages(deployment(), policy(`{podSelector: {matchLabels: {app: web}}, ${both}}`))).toHaveLength(1);
});

test('pods of the host network are left out, as no policy can select them', () => {
  expect(messages(deployment('hostNetwork: true,'))).toEqual([]);
});

test('the finding is at the labels by which policies select', () => {
  const inventory = loadText(deployment(), 'shop.yaml');
  const [violation] = control.check(inventory);
  expect(violation?.found).toEqual({ app: 'cart' });
  expect(violation && inventory.locate(violation.object, violation.path)).toEqual({ line: 5, column: 30 });
});

test.each(control.examples.good)('good example %#', (text) => expect(messages(text)).toEqual([]));
test.each(control.examples.bad)('bad example %#', (text) => expect(messages(text)).not.toEqual([]));
