import { normalize, readDocuments } from '../../inventory/documents';

/** The values of a text's documents; what is wrong stands for one that is broken. */
function read(text: string): unknown[] {
  return [...readDocuments(normalize(text))].map((document) =>
    document.problem === undefined ? document.value : document.problem,
  );
}

test.each([
  ['separators', 'a: 1\n---\nb: 2\n---\nc: 3\n', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ['a separator with a comment', 'a: 1\n--- # next\nb: 2', [{ a: 1 }, { b: 2 }]],
  ['a separator with spaces', '---   \na: 1\n---\t\nb: 2', [{ a: 1 }, { b: 2 }]],
  ['carriage returns', 'a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n', [{ a: 1 }, { b: 'x\ny\n' }]],
  ['empty documents and comments', '---\n---\n# nothing\n---\na: 1\n---\n\n---', [{ a: 1 }]],
  ['nothing', '', []],
  ['comments only', '# a\n\n  # b\n', []],
  ['an end mark, after which nothing is read', 'a: 1\n...\nb: 2\n', [{ a: 1 }]],
  ['JSON after JSON', '{"a": 1}\n{"b": 2} {"c": 3}', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ['JSON and then YAML', '{"a": 1}\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['YAML that begins like JSON', '{a: 1}\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['a byte order mark', '\ufeffa: 1\n', [{ a: 1 }]],
  ['separators in a block scalar', 'a: |\n  ---\n  b\n', [{ a: '---\nb\n' }]],
])('a text with %s is split as kubectl does', (_, text, values) => {
  expect(read(text)).toEqual(values);
});

test('what is broken does not keep the documents after it from being read', () => {
  expect(read('a: [\n---\nb: 2\n---c\nd: 4\n')).toEqual([
    expect.any(String),
    { b: 2 },
    'after "---" only a comment may follow on the line, found "c"',
    { d: 4 },
  ]);
});
