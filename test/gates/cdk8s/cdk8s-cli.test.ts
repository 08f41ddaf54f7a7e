import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Yaml } from 'cdk8s';

/*
 * The real cdk8s-cli, with an application and the plugin as a user has them: the package compiled as it is now.
 */

const root = resolve(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'casemate-cdk8s-'));

beforeAll(() => {
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'lib')], { cwd: root });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

const COMPOSE = `
const { App, Chart, JsonPatch, ApiObject } = require('cdk8s');
const { HardenedNamespace, SecureDeployment, exempt } = require('casemate');
const app = new App();
const shop = new HardenedNamespace(new Chart(app, 'boutique'), 'shop');
const props = {
  image: 'ghcr.io/acme/cart:1.4.2@sha256:${'0'.repeat(64)}',
  port: 7070,
  probe: { grpc: 7070 },
  resources: { cpu: { request: '100m', limit: '300m' }, memory: { request: '64Mi', limit: '128Mi' } },
};
`;

function synth(name: string, composed: string, options: { properties?: object; args?: readonly string[] } = {}) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'app.js'), `${COMPOSE}${composed}\napp.synth();\n`);
  const validation = {
    package: folder,
    version: '0.1.0',
    class: 'CasemateValidation',
    properties: options.properties ?? {},
  };
  Yaml.save(join(cwd, 'cdk8s.yaml'), [{ language: 'typescript', app: 'node app.js', validations: [validation] }]);
  const args = [
    'synth',
    '--no-check-upgrade',
    '--validation-reports-output-file',
    'reports.json',
    ...(options.args ?? []),
  ];
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/cdk8s'), args, { cwd, encoding: 'utf8' });
  const report = () => JSON.parse(readFileSync(join(cwd, 'reports.json'), 'utf8')).reports[0];
  return { cwd, status, stdout, stderr, report };
}

test('a secure application passes, and its output holds manifests only', () => {
  const { cwd, status, report } = synth('secure', "new SecureDeployment(shop, 'cart', props);");
  expect(report()).toMatchObject({ violations: [], summary: { status: 'success' } });
  expect(status).toBe(0);
  const visible = readdirSync(join(cwd, 'dist')).filter((file) => !file.startsWith('.'));
  expect(visible.filter((file) => file.endsWith('.yaml'))).toEqual(['boutique.k8s.yaml']);
}, 60_000);

test('a weakened workload fails with its construct, the field and the fix', () => {
  const { status, stdout, report } = synth(
    'weak',
    `new SecureDeployment(shop, 'cart', { ...props, containerSecurityContext: { allowPrivilegeEscalation: true } });
     new SecureDeployment(shop, 'web', props);`,
  );
  expect(status).toBe(2);
  expect(report().violations).toEqual([
    {
      ruleName: 'no-privilege-escalation: Containers cannot gain more privileges than they start with (high)',
      recommendation: expect.stringContaining('set-user-ID'),
      fix: 'set spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation: false',
      violatingConstructs: [
        {
          resourceName: 'Deployment shop/cart',
          constructPath: 'boutique/shop/cart',
          manifestPath: 'dist/boutique.k8s.yaml',
          locations: [
            expect.stringMatching(
              /^spec\.template\.spec\.containers\[0\]\.securityContext\.allowPrivilegeEscalation \(\d+:\d+\): container "cart": .* must be false, found true$/,
            ),
          ],
        },
      ],
    },
  ]);
  expect(stdout).toContain('Construct Path: boutique/shop/cart');
  expect(stdout).toContain(
    'How to fix: set spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation: false',
  );
}, 60_000);

test('a location is the line and column of the field', () => {
  const { cwd, report } = synth(
    'located',
    "new SecureDeployment(shop, 'cart', { ...props, containerSecurityContext: { allowPrivilegeEscalation: true } });",
  );
  const [location] = report().violations[0].violatingConstructs[0].locations;
  const [, line, column] = /\((\d+):(\d+)\)/.exec(location) ?? [];
  const lines = readFileSync(join(cwd, 'dist/boutique.k8s.yaml'), 'utf8').split('\n');
  expect(lines[Number(line) - 1]?.slice(Number(column) - 1)).toBe('allowPrivilegeEscalation: true');
}, 60_000);

test('an exemption made in code lets it pass, in the process of cdk8s-cli too', () => {
  const { status, report } = synth(
    'exempted',
    `const cart = new SecureDeployment(shop, 'cart', { ...props, containerSecurityContext: { allowPrivilegeEscalation: true } });
     exempt(cart, 'no-privilege-escalation', { reason: 'needs sudo until 2.0', until: '2099-01-01' });`,
  );
  expect(report().summary).toMatchObject({ status: 'success', metadata: { Findings: '0', Exempted: '1' } });
  expect(status).toBe(0);
}, 60_000);

test('a patch cannot slip past', () => {
  const { status, report } = synth(
    'patched',
    `const cart = new SecureDeployment(shop, 'cart', props);
     ApiObject.of(cart).addJsonPatch(JsonPatch.add('/spec/template/spec/hostNetwork', true));`,
  );
  expect(status).toBe(2);
  expect(report().violations.map(({ fix }: { fix: string }) => fix)).toContain(
    'set spec.template.spec.hostNetwork: false',
  );
}, 60_000);

test('with one folder for each chart, constructs are found as well', () => {
  const { report } = synth(
    'folders',
    `app.yamlOutputType = require('cdk8s').YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE;
     new SecureDeployment(shop, 'cart', { ...props, hostNetwork: true });`,
  );
  const paths = report().violations.flatMap((violation: { violatingConstructs: { constructPath: string }[] }) =>
    violation.violatingConstructs.map(({ constructPath }) => constructPath),
  );
  expect(new Set(paths)).toEqual(new Set(['boutique/shop/cart']));
}, 60_000);

test('a property that does not exist stops synthesis', () => {
  const { status, stderr } = synth('misspelt', "new SecureDeployment(shop, 'cart', props);", {
    properties: { profil: 'baseline' },
  });
  expect(status).not.toBe(0);
  expect(stderr).toContain(
    'CasemateValidation: unknown property "profil", expected profile, kubernetes, failOn, config',
  );
}, 60_000);
