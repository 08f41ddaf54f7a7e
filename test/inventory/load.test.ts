import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPaths, loadText, type Problem } from '../../inventory';

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers: []\n`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inventory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const messages = (problems: readonly Problem[]) => problems.map(({ level, message }) => `${level}: ${message}`);

test('a folder is read with all that is in it, sorted, and only what can be a manifest', () => {
  write('b/two.yml', pod('two'));
  write('b/three.json', '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "three"}}');
  write('a.yaml', pod('one'));
  write('notes.txt', pod('no'));
  write('node_modules/x.yaml', pod('no'));
  write('.git/x.yaml', pod('no'));
  const { objects, problems } = loadPaths([folder]);
  expect(objects.map(({ name }) => name)).toEqual(['one', 'three', 'two']);
  expect(problems).toEqual([]);
});

test('a link is not followed out of the folder, and one that is named is', () => {
  const outside = mkdtempSync(join(tmpdir(), 'casemate-outside-'));
  try {
    writeFileSync(join(outside, 'pod.yaml'), pod('outside'));
    symlinkSync(outside, join(folder, 'away'));
    symlinkSync(join(outside, 'pod.yaml'), join(folder, 'away.yaml'));
    const { objects, problems } = loadPaths([folder]);
    expect(objects.filter(({ name }) => name === 'outside')).toEqual([]);
    expect(problems).toEqual(
      ['away', 'away.yaml'].map((name) => ({
        file: join(folder, name),
        level: 'warning',
        message: 'a link that leads out of the folder, not followed: name what it leads to, if that is meant',
      })),
    );
    expect(loadPaths([join(folder, 'away')]).objects.map(({ name }) => name)).toEqual(['outside']);
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test('what cdk8s writes beside its manifests is not taken for one', () => {
  writeFileSync(join(folder, 'construct-metadata.json'), '{"version":"1.0.0","resources":{}}');
  expect(loadPaths([folder]).problems).toEqual([]);
});

test('a file is read once, though it is named twice and linked to in circles', () => {
  const file = write('deep/a.yaml', pod('a'));
  symlinkSync(folder, join(folder, 'deep', 'loop'));
  symlinkSync(file, join(folder, 'again.yaml'));
  const { objects, problems } = loadPaths([folder, file, folder]);
  expect(objects.map(({ name }) => name)).toEqual(['a']);
  expect(problems).toEqual([]);
});

test('what is wrong with one file is said with its name, and the others are there', () => {
  write('good.yaml', pod('good'));
  const broken = [
    ['binary.yaml', Buffer.from([0x7f, 0x45, 0, 1]), 'a binary file (it has NUL bytes), not a manifest'],
    ['large.yaml', pod('x'.repeat(500)), 'larger than 400 bytes, not read: split it'],
    ['tabs.yaml', 'a:\n\tb: c\n', 'a tab cannot indent: use spaces'],
  ] as const;
  for (const [name, content] of broken) write(name, content);
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.yaml'));
  const { objects, problems } = loadPaths([folder, join(folder, 'absent.yaml')], { maxBytes: 400 });
  expect(objects.map(({ name }) => name)).toEqual(['good']);
  expect(problems.map(({ file, message, level }) => [file, message, level])).toEqual([
    [join(folder, 'binary.yaml'), broken[0][2], 'error'],
    [join(folder, 'dangling.yaml'), 'does not exist', 'error'],
    [join(folder, 'large.yaml'), broken[1][2], 'error'],
    [join(folder, 'tabs.yaml'), broken[2][2], 'error'],
    [join(folder, 'absent.yaml'), 'does not exist', 'error'],
  ]);
});

test('UTF-16 with a byte order mark is read; what is no UTF-8 is read with a warning, as kubectl does', () => {
  const utf16 = Buffer.from(`\ufeff${pod('wide')}`, 'utf16le');
  write('a.yaml', utf16);
  write('b.yaml', Buffer.from(utf16).swap16());
  write('c.yaml', Buffer.from(pod('caf\u00e9'), 'latin1'));
  const { objects, problems } = loadPaths([folder]);
  expect(objects.map(({ name }) => name)).toEqual(['wide', 'wide', 'caf\ufffd']);
  expect(messages(problems)).toEqual([
    'warning: not valid UTF-8: what could not be read became U+FFFD, as with kubectl',
  ]);
});

test('a document that is no manifest is expected in a folder, and an error where it was named', () => {
  const file = write('values.yaml', 'replicas: 2\n');
  write('Chart.yaml', 'apiVersion: v2\nname: chart\n');
  expect(messages(loadPaths([folder]).problems)).toEqual([
    'warning: no manifest: it has no kind',
    'warning: no manifest: it has no kind',
  ]);
  expect(messages(loadPaths([file]).problems)).toEqual(['error: no manifest: it has no kind']);
});

test.each([
  ['a list', '- a\n', 'a manifest is a mapping, this is a list'],
  ['text', 'hello\n', 'a manifest is a mapping, this is the string "hello"'],
  ['no apiVersion', 'kind: Pod\n', 'apiVersion must be a string such as "apps/v1", this is missing'],
  ['no kind', 'apiVersion: v1\n', 'kind must be a string such as "Deployment", this is missing'],
  [
    'a kind that is no string',
    'apiVersion: v1\nkind: 5\n',
    'kind must be a string such as "Deployment", this is the number 5',
  ],
])('%s is refused with what was found', (_, text, message) => {
  expect(loadText(`# a\n---\n${text}`, 'x.yaml').problems).toEqual([
    { file: 'x.yaml', document: 1, line: 3, message, level: 'error' },
  ]);
});

test('a name that is no string is an error at its place, and the object is still there', () => {
  const { objects, problems } = loadText('apiVersion: v1\nkind: Pod\nmetadata:\n  name: 5\n', 'x.yaml');
  expect(objects.map(({ name }) => name)).toEqual(['5']);
  expect(problems).toEqual([
    expect.objectContaining({
      line: 4,
      column: 3,
      message: expect.stringContaining('this is the number 5'),
      level: 'error',
    }),
  ]);
});

test.each([
  ['metadata: none', 'metadata must be a mapping, this is the string "none"'],
  ['metadata: {namespace: 5}', 'metadata.namespace must be a string, this is the number 5: write it in quotes'],
])('an identity that the API server would refuse is an error: %s', (metadata, message) => {
  const { objects, problems } = loadText(`apiVersion: v1\nkind: ConfigMap\n${metadata}\n`, 'x.yaml');
  expect(objects.map(({ namespace }) => namespace)).toEqual([undefined]);
  expect(messages(problems)).toEqual([`error: ${message}`]);
});

test.each([
  [
    '{template: {spec: none}}',
    'Deployment',
    'apps/v1',
    'spec.template.spec must be a mapping, this is the string "none"',
  ],
  ['{template: [{spec: {}}]}', 'Deployment', 'apps/v1', 'spec.template must be a mapping, this is a list'],
  ['none', 'Pod', 'v1', 'spec must be a mapping, this is the string "none"'],
  [
    '{replicatedJobs: [{template: {spec: {template: {spec: 5}}}}]}',
    'JobSet',
    'jobset.x-k8s.io/v1alpha2',
    'spec.replicatedJobs[0].template.spec.template.spec must be a mapping, this is the number 5',
  ],
])(
  'a pod that cannot be judged because of what stands in its place is an error: %s',
  (spec, kind, apiVersion, message) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`;
    const { objects, problems } = loadText(text, 'x.yaml');
    expect(objects.map(({ pods }) => pods)).toEqual([[]]);
    expect(messages(problems)).toEqual([`error: ${message}, and hides a pod`]);
    expect(problems[0]).toMatchObject({ line: 4 });
  },
);

test('a pod that is not there yet, or is elsewhere, is none', () => {
  const text = 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {workloadRef: {name: a}, template: null}\n';
  expect(loadText(text, 'x.yaml').problems).toEqual([]);
});

test('an object needs no metadata, and may have a generated name', () => {
  const { objects } = loadText(
    'apiVersion: v1\nkind: A\nmetadata:\n---\napiVersion: v1\nkind: B\nmetadata: {generateName: b-}\n',
    'x',
  );
  expect(objects.map(({ name, namespace }) => [name, namespace])).toEqual([
    ['', undefined],
    ['b-', undefined],
  ]);
});

test('of a key that comes twice the later counts, with a warning where it stands', () => {
  const { objects, problems } = loadText(`${pod('a')}kind: Job\n`, 'x.yaml');
  expect(objects.map(({ kind }) => kind)).toEqual(['Job']);
  expect(problems).toEqual([
    {
      file: 'x.yaml',
      document: 1,
      line: 7,
      column: 1,
      message: 'the key "kind" comes twice in its mapping; the later one counts',
      level: 'warning',
    },
  ]);
});

test('a broken document is named by file, document, line and column; those around it are read', () => {
  const { objects, problems } = loadText(`${pod('a')}---\nkind: Pod\n  name: x\n---\n${pod('b')}`, 'x.yaml');
  expect(objects.map(({ name, origin }) => [name, origin.document, origin.line])).toEqual([
    ['a', 1, 1],
    ['b', 3, 11],
  ]);
  expect(problems).toEqual([
    expect.objectContaining({ file: 'x.yaml', document: 2, line: 9, column: 7, level: 'error' }),
  ]);
});

test('a template that is not rendered is refused with what to do', () => {
  const { problems } = loadText('kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n', 'x.yaml');
  expect(problems[0]).toMatchObject({ line: 3, message: expect.stringContaining('render it first (helm template)') });
});

test('the items of a List are objects, those of a PodList are Pods', () => {
  const { objects, documents } = loadText(
    'apiVersion: v1\nkind: List\nitems:\n' +
      '- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: a}\n' +
      '- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata: {name: b}\n    spec: {}\n',
    'x.yaml',
  );
  expect(
    objects.map(({ kind, name, origin, pods }) => [kind, name, origin.document, origin.line, pods.length]),
  ).toEqual([
    ['Secret', 'a', 1, 7, 0],
    ['Pod', 'b', 1, 13, 1],
  ]);
  expect(documents).toBe(1);
});

test('what has items is a List to kubectl whatever its kind says, so that nothing hides in them', () => {
  const { objects } = loadText(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: hidden}\n',
    'x.yaml',
  );
  expect(objects.map(({ kind, name }) => [kind, name])).toEqual([['Pod', 'hidden']]);
});

test('what hides behind items of its own is an error: other tools than kubectl apply it', () => {
  const { objects, problems } = loadText('apiVersion: v1\nkind: Pod\nitems: []\nspec: {hostPID: true}\n', 'x.yaml');
  expect(objects).toEqual([]);
  expect(messages(problems)).toEqual([
    'error: kubectl takes what has items for a List and applies those alone; the Pod itself is not judged',
  ]);
});

test('Lists in Lists without end are cut off with an error', () => {
  let list = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "deep"}}';
  for (let depth = 0; depth < 20; depth++) list = `{"apiVersion": "v1", "kind": "List", "items": [${list}]}`;
  const { objects, problems } = loadText(list, 'x.json');
  expect(objects).toEqual([]);
  expect(messages(problems)).toEqual(['error: this is a List in more than 8 Lists; its items are left out']);
});

test('a kind that nobody knows is kept, also one that merely ends in List', () => {
  const { objects } = loadText(
    'apiVersion: example.com/v1\nkind: AccessList\nmetadata: {name: a}\nspec: {}\n',
    'x.yaml',
  );
  expect(objects).toMatchObject([{ group: 'example.com', kind: 'AccessList', name: 'a', pods: [] }]);
});
