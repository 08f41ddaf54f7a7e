import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The package as a user installs it: `npm pack`'s tarball in an empty project laid out by cdk8s-cli's own template for
 * TypeScript (its compiler version, options and jest), with cdk8s-plus-27 in the place of the template's newer line.
 */
const root = join(__dirname, '..', '..');
const versionIn = (folder: string): string => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
const versionOf = (name: string): string => versionIn(join(root, 'node_modules', name));

let folder: string;
const run = (command: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};
const bin = (name: string) => join(folder, 'node_modules', '.bin', name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'casemate-user-'));
  const template = join(dirname(require.resolve('cdk8s-cli/package.json')), 'templates', 'typescript-app');
  for (const file of ['cdk8s.yaml', 'jest.config.js', 'tsconfig.json', 'package.json']) {
    cpSync(join(template, file), join(folder, file));
  }
  const tarball = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8').replaceAll(/\{\{[^}]*\}\}/g, 'x'));
  manifest.name = 'boutique';
  manifest.dependencies = {
    casemate: `file:${tarball.trim().split('\n').at(-1)}`,
    cdk8s: versionOf('cdk8s'),
    'cdk8s-plus-27': versionOf('cdk8s-plus-27'),
    constructs: versionOf('constructs'),
  };
  manifest.devDependencies['cdk8s-cli'] = versionOf('cdk8s-cli');
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));

  writeFileSync(
    join(folder, 'main.ts'),
    `import { App, Chart } from 'cdk8s';
import { HardenedNamespace, SecureDeployment } from 'casemate';
import { catalogue } from 'casemate/controls';
import { Construct } from 'constructs';

export class Shop extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const shop = new HardenedNamespace(this, 'shop', { quota: { cpu: '8', memory: '16Gi', pods: 50 } });
    new SecureDeployment(shop, 'cart', {
      image: 'ghcr.io/acme/cart:1.4.2@sha256:${'a'.repeat(64)}',
      port: 7070,
      resources: { cpu: { request: '100m', limit: '300m' }, memory: { request: '64Mi', limit: '128Mi' } },
      probe: { grpc: 7070 },
    });
  }
}

if (catalogue().length < 15) throw new Error('the catalogue did not come with the package');
const app = new App();
new Shop(app, 'shop');
app.synth();
`,
  );
  writeFileSync(
    join(folder, 'main.test.ts'),
    `import { Testing } from 'cdk8s';
import { Shop } from './main';

test('the cart runs without privileges', () => {
  const manifests = Testing.synth(new Shop(Testing.app(), 'shop'));
  const cart = manifests.find(({ kind }) => kind === 'Deployment');
  expect(cart.metadata.name).toBe('cart');
  expect(cart.metadata.namespace).toBe('shop');
  expect(cart.spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation).toBe(false);
});
`,
  );
  const config = readFileSync(join(folder, 'cdk8s.yaml'), 'utf8').replace(/^imports:[\s\S]*/m, '');
  writeFileSync(
    join(folder, 'cdk8s.yaml'),
    `${config}validations:
  - package: ./node_modules/casemate
    version: ${versionIn(root)}
    class: CasemateValidation
`,
  );
  const install = run('npm', 'install', '--no-audit', '--no-fund');
  if (install.status !== 0) throw new Error(install.stderr);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tarball holds what is needed to run, its documentation and nothing else', () => {
  const files = readdirSync(join(folder, 'node_modules', 'casemate')).sort();
  expect(files).toEqual(['LICENSE', 'README.md', 'docs', 'lib', 'package.json', 'reports']);
});

test('who has no stacks gets no Pulumi', () => {
  expect(existsSync(join(folder, 'node_modules', '@pulumi'))).toBe(false);
});

test("a user's project compiles against it with the template's compiler and options", () => {
  expect(run(bin('tsc'), '--build')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test("a user's own jest synthesizes the constructs", () => {
  expect(run(bin('jest'))).toMatchObject({ status: 0, stderr: expect.stringContaining('1 passed') });
});

test('cdk8s synth writes hardened manifests and passes them through the validation plugin', () => {
  const synth = run(bin('cdk8s'), 'synth', '--no-check-upgrade');
  expect(synth).toMatchObject({ status: 0 });
  const [manifest] = readdirSync(join(folder, 'dist')).filter((file) => file.endsWith('.yaml'));
  expect(readFileSync(join(folder, 'dist', manifest as string), 'utf8')).toContain('kind: NetworkPolicy');
});

test('the command runs from the package, and finds nothing wrong with what was synthesized', () => {
  expect(existsSync(join(folder, 'node_modules', '.bin', 'casemate'))).toBe(true);
  const scan = run(bin('casemate'), 'scan', 'dist', '--format', 'json');
  expect(scan).toMatchObject({ status: 0 });
  expect(JSON.parse(scan.stdout).summary.findings).toEqual({ critical: 0, high: 0, medium: 0, low: 0 });
});
