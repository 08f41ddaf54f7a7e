import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pod } from './support';

/*
 * The program itself, compiled as it is now into a package of its own, as there may be an older build.
 */

const root = resolve(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'casemate-main-'));
const main = join(folder, 'lib/cli/main.js');

beforeAll(() => {
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'lib')], { cwd: root });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

const casemate = (args: readonly string[], input = '') =>
  spawnSync(process.execPath, [main, ...args], { cwd: folder, input, encoding: 'utf8' });

test('--version prints the version of the package', () => {
  const { status, stdout } = casemate(['--version']);
  expect(status).toBe(0);
  expect(stdout).toBe(`${require('../../package.json').version}\n`);
});

test('--help and --version load neither catalogue nor YAML', () => {
  for (const option of ['--help', '--version']) {
    const loaded = `process.on('exit', () => console.log(JSON.stringify(Object.keys(require.cache))))`;
    const script = `${loaded}; process.argv.push('${option}'); require(${JSON.stringify(main)})`;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' });
    const files: string[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(files.length).toBeGreaterThan(3);
    expect(
      files.filter((file) => !/\/lib\/cli\/|\/lib\/reports\/text\.js$|commander|package\.json$/.test(file)),
    ).toEqual([]);
  }
});

test('- is stdin', () => {
  const { status, stdout } = casemate(['scan', '--profile', 'baseline', '--format', 'json', '-'], pod);
  expect(status).toBe(1);
  expect(JSON.parse(stdout).findings[0].at.file).toBe('-');
});

test('a reader that stops early leaves no error, and the status stands', () => {
  const many = Array.from({ length: 500 }, (_, n) => pod.replace('web', `web${n}`)).join('---\n');
  writeFileSync(join(folder, 'many.yaml'), many);
  const script = `"$0" "$1" scan many.yaml | head -n 1; exit \${PIPESTATUS[0]}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, main], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: 'many.yaml\n', stderr: '' });
});

test('a wrong call ends with 2', () => {
  expect(casemate([]).status).toBe(2);
  expect(casemate(['scna']).status).toBe(2);
  expect(casemate(['scan', 'nowhere.yaml']).status).toBe(2);
});
