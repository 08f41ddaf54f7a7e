import { loadText, type Path } from '../../inventory';

const text = `# a comment
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
---
{"apiVersion": "serving.knative.dev/v1", "kind": "Service",
 "metadata": {"name": "shop"}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: web
  labels:
    app.kubernetes.io/name: shop
spec:
  template:
    spec:
      containers:
        - name: main
          image: a
        -
          name: side
          securityContext: &context
            privileged: true
        - {name: third, securityContext: *context}
`;
const inventory = loadText(text, 'shop.yaml');
const deployment = inventory.find('Deployment', 'web', 'shop');

test('objects are found by kind, and by group where two kinds have one name', () => {
  expect(inventory.ofKind('Service').map(({ group }) => group)).toEqual(['', 'serving.knative.dev']);
  expect(inventory.ofKind('Service', '').map(({ apiVersion }) => apiVersion)).toEqual(['v1']);
  expect(inventory.ofKind('Secret')).toEqual([]);
  expect(inventory.ofKind('constructor')).toEqual([]);
});

test('objects are found by namespace and name; one that names no namespace is in none', () => {
  expect(inventory.inNamespace('web').map(({ kind }) => kind)).toEqual(['Service', 'Deployment']);
  expect(inventory.find('Service', 'web', 'shop')?.group).toBe('');
  expect(inventory.find('Service', undefined, 'shop')?.group).toBe('serving.knative.dev');
  expect(inventory.find('Service', 'other', 'shop')).toBeUndefined();
});

test('of two objects with the same kind, namespace and name the first is found', () => {
  const twice = loadText(
    '{"apiVersion": "v1", "kind": "A", "x": 1} {"apiVersion": "v1", "kind": "A", "x": 2}',
    'x.json',
  );
  expect(twice.find('A', undefined, '')?.value.x).toBe(1);
});

test('each object knows its file, its document and the line it begins on', () => {
  expect(inventory.objects.map(({ origin }) => origin)).toEqual([
    { file: 'shop.yaml', document: 1, line: 2 },
    { file: 'shop.yaml', document: 2, line: 6 },
    { file: 'shop.yaml', document: 3, line: 9 },
  ]);
});

test.each<[Path, number, number]>([
  [['metadata', 'labels', 'app.kubernetes.io/name'], 15, 5],
  [['spec', 'template', 'spec', 'containers', 0], 20, 11],
  [['spec', 'template', 'spec', 'containers', 1], 23, 11],
  [['spec', 'template', 'spec', 'containers', 1, 'securityContext', 'privileged'], 25, 13],
  [['spec', 'template', 'spec', 'containers', 2, 'securityContext', 'privileged'], 25, 13],
  [['spec', 'template', 'spec', 'containers', 0, 'securityContext', 'runAsNonRoot'], 20, 11],
  [['spec', 'replicas'], 16, 1],
  [['status'], 9, 1],
  [[], 9, 1],
])('%j stands at %d:%d', (path, line, column) => {
  expect(deployment && inventory.locate(deployment, path)).toEqual({ line, column });
});

test('positions hold in JSON, and in the items of a List', () => {
  const service = inventory.find('Service', undefined, 'shop');
  expect(service && inventory.locate(service, ['metadata', 'name'])).toEqual({ line: 7, column: 15 });

  const list = loadText(
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- {apiVersion: v1, kind: Pod}\n',
    'list.yaml',
  );
  expect(list.objects.map((object) => list.locate(object, ['kind']))).toEqual([
    { line: 5, column: 3 },
    { line: 7, column: 20 },
  ]);
});

test('an object of another inventory has no position in this one', () => {
  const [stranger] = loadText('apiVersion: v1\nkind: Pod\n', 'x.yaml').objects;
  expect(stranger && inventory.locate(stranger, ['kind'])).toBeUndefined();
});
