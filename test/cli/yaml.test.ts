import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { yamlOf } from '../../cli/yaml';
import { type JsonObject, loadText } from '../../inventory';

const manifest = (data: unknown) => ({ apiVersion: 'v1', kind: 'Thing', data }) as JsonObject;
const written = (...manifests: JsonObject[]) => [...yamlOf(manifests)].join('');
const readByKubectl = (text: string) => loadText(text, 'x').objects.map(({ value }) => value);

test.each([
  'yes',
  'n',
  'on',
  'null',
  '~',
  '012',
  '0o7',
  '1_000',
  '12:30:45',
  '1e3',
  '.inf',
  '2027-03-01',
  '=',
  '<<',
  '- a',
  'a: b',
  '#',
  '',
  ' ',
  'a\nb\n',
  '"',
  "'",
  '---',
  '\u0000\u0085\u2028\ufeff',
])('the text %j stays that text', (text) => {
  const value = manifest({ [text]: text });
  expect(readByKubectl(written(value))).toEqual([value]);
  expect(loadAll(written(value))).toEqual([value]);
});

test.each([
  'a\n',
  '\na',
  ' a\nb',
  'a\n b\n',
  'a\n\n',
  'a\n\nb',
  'a \nb',
  '\n',
  '# a\nb',
  'a\n\tb',
  '--- a\n---',
  "it's",
  '\\',
])('the text %j stays that text wherever it stands', (text) => {
  const value = manifest([{ a: text, b: [text, [text, { c: text }]] }, text]);
  expect(readByKubectl(written(value))).toEqual([value]);
  expect(loadAll(written(value))).toEqual([value]);
});

test('whatever is written is read as it was, by kubectl', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }), (data) => {
      const value = JSON.parse(JSON.stringify(manifest(data)));
      expect(readByKubectl(written(value))).toEqual([value]);
    }),
  );
});

test('a value that comes twice is written twice, without anchors', () => {
  const shared = { resources: ['pods'] };
  expect(written(manifest([shared, shared]))).not.toMatch(/[&*]/);
});

test('long texts are not broken, so that expressions can be searched for', () => {
  const text = 'a && '.repeat(100);
  expect(written(manifest(text))).toContain(text.trim());
});
