import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Which rooms each room may import from. Data goes one way; nothing imports the command line. */
const arrows: Record<string, readonly string[]> = {
  inventory: [],
  analysis: ['inventory'],
  controls: ['inventory', 'analysis'],
  reports: ['inventory', 'analysis', 'controls'],
  gates: ['inventory', 'analysis', 'controls', 'reports'],
  constructs: ['inventory', 'controls'],
  stacks: ['controls'],
  cli: ['inventory', 'analysis', 'controls', 'gates', 'reports'],
};

/** Packages that only some rooms may load. */
const owners: Record<string, readonly string[]> = {
  yaml: ['cli'],
  commander: ['cli'],
  re2js: ['controls'],
};

const root = join(__dirname, '..');
const sources = Object.keys(arrows).flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ room, file: join(room, file), text: readFileSync(join(root, room, file), 'utf8') })),
);

function imports(text: string): string[] {
  return [...text.matchAll(/(?:from|import|require\()\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string);
}

test('every room imports only from the rooms below it', () => {
  const wrong = sources.flatMap(({ room, file, text }) =>
    imports(text)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => relative(root, join(root, file, '..', specifier)).split('/')[0] as string)
      .filter((target) => target !== room && !arrows[room]?.includes(target))
      .map((target) => `${file} imports from ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('no room loads a package that belongs to another', () => {
  const wrong = sources.flatMap(({ room, file, text }) =>
    imports(text)
      .filter((name) => name in owners && !owners[name]?.includes(room))
      .map((name) => `${file} imports ${name}`),
  );
  expect(wrong).toEqual([]);
});
