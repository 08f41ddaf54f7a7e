import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { EncryptedSecret, fromValue, HardenedNamespace, type SealingScope, sealedSecrets } from '../../constructs';
import { emptyChart, manifest } from '../constructs/compose';
import { certificate, privateKey } from '../constructs/keys';
import { buildGo } from './support/go';

/** The real kubeseal opens what casemate sealed, with the controller's private key. */

const TEN_MINUTES = 10 * 60 * 1000;
const values = { password: 's3cret', empty_lines: '\n\n', unicode: 'pässwörd ☃', long: 'x'.repeat(70_000) };

let kubeseal: string;
let keyFile: string;

beforeAll(() => {
  kubeseal = buildGo(join(__dirname, 'kubeseal'), {
    name: 'kubeseal',
    target: 'github.com/bitnami-labs/sealed-secrets/cmd/kubeseal',
  });
  keyFile = join(mkdtempSync(join(tmpdir(), 'casemate-')), 'key.pem');
  writeFileSync(keyFile, privateKey, { mode: 0o600 });
}, TEN_MINUTES);

function sealed(scope: SealingScope): Record<string, unknown> {
  const chart = emptyChart();
  const data = Object.fromEntries(Object.entries(values).map(([item, value]) => [item, fromValue(value)]));
  new EncryptedSecret(new HardenedNamespace(chart, 'shop'), 'db', {
    for: sealedSecrets({ certificate, scope, key: Buffer.alloc(32, 7) }),
    data,
  });
  return manifest(chart, 'SealedSecret', 'db');
}

function unseal(value: Record<string, unknown>) {
  return spawnSync(kubeseal, ['--recovery-unseal', '--recovery-private-key', keyFile], {
    input: Yaml.stringify(value),
    encoding: 'utf8',
  });
}

function moved(value: Record<string, unknown>, to: { name?: string; namespace?: string }): Record<string, unknown> {
  const metadata = { ...(value.metadata as object), ...to };
  const spec = value.spec as { template: { metadata: object } };
  return {
    ...value,
    metadata,
    spec: { ...spec, template: { ...spec.template, metadata: { ...spec.template.metadata, ...to } } },
  };
}

test.each<SealingScope>(['strict', 'namespace-wide', 'cluster-wide'])('kubeseal opens a %s secret', (scope) => {
  const { status, stdout, stderr } = unseal(sealed(scope));
  expect([status, stderr]).toEqual([0, '']);
  const secret = JSON.parse(stdout);
  expect(secret).toMatchObject({ kind: 'Secret', type: 'Opaque', metadata: { name: 'db', namespace: 'shop' } });
  const opened = Object.entries(secret.data as Record<string, string>).map(([item, value]) => [
    item,
    Buffer.from(value, 'base64').toString(),
  ]);
  expect(Object.fromEntries(opened)).toEqual(values);
});

test.each<[SealingScope, { name?: string; namespace?: string }, boolean]>([
  ['strict', { name: 'other' }, false],
  ['strict', { namespace: 'other' }, false],
  ['namespace-wide', { name: 'other' }, true],
  ['namespace-wide', { namespace: 'other' }, false],
  ['cluster-wide', { name: 'other', namespace: 'other' }, true],
])('a %s secret moved to %j opens: %s', (scope, to, opens) => {
  expect(unseal(moved(sealed(scope), to)).status === 0).toBe(opens);
});

test('another key opens nothing', () => {
  const other = join(mkdtempSync(join(tmpdir(), 'casemate-')), 'other.pem');
  const { privateKey: another } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(other, another.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const { status } = spawnSync(kubeseal, ['--recovery-unseal', '--recovery-private-key', other], {
    input: Yaml.stringify(sealed('strict')),
  });
  expect(status).not.toBe(0);
});
