import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { scan } from '../controls';
import { parseConfig } from '../controls/config';
import { controlsPage } from '../docs/controls';
import { loadPaths } from '../inventory';

const page = (name: string) => readFileSync(join(__dirname, '..', name), 'utf8');
const blocks = (name: string, language: string) =>
  [...page(name).matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code]) => code as string);

test('docs/controls.md is what the catalogue says (npm run docs writes it)', () => {
  expect(page('docs/controls.md')).toBe(controlsPage());
});

test("the README's application composes, and has only the finding that it exempts", () => {
  const [code] = blocks('README.md', 'ts');
  const folder = mkdtempSync(join(tmpdir(), 'casemate-readme-'));
  try {
    process.env.CDK8S_OUTDIR = folder;
    const { code: script } = transformSync(code as string, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    new Function('require', 'exports', script)(require, {});
    const { findings } = scan(loadPaths([folder]));
    expect(findings.map(({ control }) => control)).toEqual(['read-only-root-filesystem']);
  } finally {
    delete process.env.CDK8S_OUTDIR;
    rmSync(folder, { recursive: true });
  }
});

test("the README's casemate.yaml is a configuration", () => {
  const config = blocks('README.md', 'yaml').find((block) => block.startsWith('profile:')) ?? '';
  expect(parseConfig(config, 'README.md')).toMatchObject({
    failOn: 'medium',
    exemptions: [{ control: 'no-host-path' }],
  });
});
