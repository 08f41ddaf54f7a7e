import { formatPath, valueAt } from '../../inventory';

test.each([
  [['spec', 'template', 'spec', 'containers', 0, 'ports'], 'spec.template.spec.containers[0].ports'],
  [['metadata', 'labels', 'app.kubernetes.io/name'], 'metadata.labels["app.kubernetes.io/name"]'],
  [['data', 'say "hi"', 'x'], 'data["say \\"hi\\""].x'],
  [['data', '80'], 'data["80"]'],
  [[0, 'a'], '[0].a'],
  [['app-name'], 'app-name'],
  [[], ''],
])('the path %j is written %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test('a value is found at its path, in objects and lists', () => {
  expect(valueAt({ spec: { containers: [{ name: 'a' }, { name: 'b' }] } }, ['spec', 'containers', 1, 'name'])).toBe(
    'b',
  );
  expect(valueAt('itself', [])).toBe('itself');
});

test('there is nothing at a path that leaves the value, nor in what every object inherits', () => {
  const value = JSON.parse('{"a": null, "list": [1]}');
  for (const path of [
    ['b'],
    ['a', 'b'],
    ['list', 1],
    ['list', 'length', 'x'],
    ['constructor'],
    ['__proto__'],
    ['toString'],
  ]) {
    expect(valueAt(value, path)).toBeUndefined();
  }
});
