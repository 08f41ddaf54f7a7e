import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRecord } from '../../../controls/record';
import { CasemateValidation, type CasemateValidationProps, type Violation } from '../../../gates/cdk8s';

const weak = `
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop}
spec: {hostNetwork: true, containers: [{name: cart, image: cart}]}
`;
const until = '2099-01-01';

/** Runs the plugin over manifests as cdk8s-cli does. */
async function validate(
  files: Record<string, string>,
  properties: CasemateValidationProps = { profile: 'baseline' },
  prepare?: (folder: string) => void,
) {
  const folder = mkdtempSync(join(tmpdir(), 'casemate-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  prepare?.(folder);
  const violations: Violation[] = [];
  let summary: { status: string; metadata: Record<string, string> | undefined } | undefined;
  const metadata: Record<string, { path: string }> = { cart: { path: 'by/name' } };
  await new CasemateValidation(properties).validate({
    manifests: Object.keys(files).map((name) => join(folder, name)),
    metadata,
    report: {
      addViolation: (violation) => {
        if (summary !== undefined) throw new Error('submitted already');
        violations.push(violation);
      },
      submit: (status, more) => {
        summary = { status, metadata: more };
      },
    },
  });
  return { folder, violations, metadata, status: summary?.status, figures: summary?.metadata };
}

test('a finding fails, and names the field and the fix', async () => {
  const { status, violations, figures } = await validate({ 'all.yaml': weak });
  expect(status).toBe('failure');
  expect(violations).toHaveLength(1);
  expect(violations[0]).toMatchObject({
    fix: 'set spec.hostNetwork: false',
    violatingResources: [{ resourceName: 'cart' }],
  });
  expect(figures).toEqual({ Profile: 'baseline', Kubernetes: '1.37', Objects: '1', Findings: '1', Exempted: '0' });
});

test('findings that one fix does away with are one entry', async () => {
  const { violations } = await validate({ 'a.yaml': weak, 'b.yaml': weak.replace('name: cart,', 'name: web,') });
  expect(violations.map(({ violatingResources }) => violatingResources.length)).toEqual([2]);
});

test('nothing that a manifest says steers the terminal', async () => {
  const steering = `
apiVersion: v1
kind: Pod
metadata: {name: "cart\\e[2J", namespace: shop}
spec: {hostPID: true, containers: [{name: "cart\\e[31m\\u202e", image: "\\u009b31m", securityContext: {privileged: true}}]}
---
"\\e[31m": [
`;
  const { violations } = await validate({ 'all.yaml': steering });
  expect(violations.length).toBeGreaterThan(2);
  const texts = violations.flatMap(({ fix, violatingResources }) => [
    fix,
    ...violatingResources.flatMap(({ resourceName, locations }) => [resourceName, ...locations]),
  ]);
  expect(texts.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('what matters less than failOn is reported and does not fail', async () => {
  const { status, violations } = await validate({ 'all.yaml': weak }, { profile: 'baseline', failOn: 'critical' });
  expect([status, violations.length]).toEqual(['success', 1]);
});

test('no manifests are no failure', async () => {
  expect((await validate({})).status).toBe('success');
});

describe('the record of the synthesis', () => {
  const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart', construct: 'boutique/shop/cart' };
  const service = { ...object, kind: 'Service', construct: 'boutique/shop/cart/Service' };
  const exemption = {
    control: 'no-host-network',
    object: { kind: 'Pod', namespace: 'shop', name: 'cart' },
    reason: 'a node agent',
    until,
    construct: 'boutique/shop/cart',
  };

  test('tells objects of one name apart', async () => {
    const { violations, metadata } = await validate({ 'all.yaml': weak }, { profile: 'baseline' }, (folder) =>
      writeRecord(folder, { version: 1, objects: [service, object], exemptions: [] }),
    );
    const name = violations[0]?.violatingResources[0]?.resourceName ?? '';
    expect([name, metadata[name]]).toEqual(['Pod shop/cart', { path: 'boutique/shop/cart' }]);
  });

  test('holds the exemptions made in code, each counted once', async () => {
    const { status, figures } = await validate(
      { 'chart/a.yaml': weak, 'chart/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' },
      { profile: 'baseline' },
      (folder) => writeRecord(folder, { version: 1, objects: [object], exemptions: [exemption] }),
    );
    expect([status, figures?.Exempted]).toEqual(['success', '1']);
  });

  test('excuses nothing once it has expired', async () => {
    const { status } = await validate({ 'all.yaml': weak }, { profile: 'baseline' }, (folder) =>
      writeRecord(folder, { version: 1, objects: [object], exemptions: [{ ...exemption, until: '2020-01-01' }] }),
    );
    expect(status).toBe('failure');
  });

  const { until: _until, ...endless } = exemption;
  test.each([
    '{',
    'null',
    '{"version": 2, "objects": [], "exemptions": []}',
    '{"version": 1}',
    '{"version": 1, "objects": [], "exemptions": [{}]}',
    JSON.stringify({ version: 1, objects: [], exemptions: [endless] }),
  ])('that reads %j is a failure', async (text) => {
    const { status, violations } = await validate({ 'all.yaml': weak }, { profile: 'baseline' }, (folder) => {
      mkdirSync(join(folder, '.casemate'));
      writeFileSync(join(folder, '.casemate/synth.json'), text);
    });
    expect([status, violations.map(({ ruleName }) => ruleName)]).toEqual(['failure', ['Every manifest can be judged']]);
  });
});

describe('the gate fails closed', () => {
  test.each([
    ['a manifest that is no YAML', 'a: [b'],
    ['a binary', 'apiVersion: v1\0'],
  ])('%s', async (_, text) => {
    const { status, violations } = await validate({
      'good.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
      'bad.yaml': text,
    });
    expect(status).toBe('failure');
    expect(violations[0]).toMatchObject({ ruleName: 'Every manifest can be read' });
  });

  test('a manifest that is gone', async () => {
    const { status } = await validate({}, {}, () => {});
    expect(status).toBe('success');
    const gone = { manifests: ['/no/such/file.yaml'], metadata: {}, statuses: [] as string[] };
    await new CasemateValidation().validate({
      ...gone,
      report: { addViolation: () => {}, submit: (result) => gone.statuses.push(result) },
    });
    expect(gone.statuses).toEqual(['failure']);
  });

  test('an assertion that cannot be evaluated', async () => {
    const broken = weak.replace('hostNetwork: true', 'hostNetwork: [1]');
    const { status } = await validate({ 'all.yaml': broken }, { profile: 'baseline', failOn: 'critical' });
    expect(status).toBe('failure');
  });
});

describe('properties', () => {
  const constructing = (properties: unknown) => () => new CasemateValidation(properties as CasemateValidationProps);

  test.each([
    [
      { profiles: 'x' },
      'CasemateValidation: unknown property "profiles", expected profile, kubernetes, failOn, config',
    ],
    [{ profile: 'strict' }, 'unknown profile "strict": expected baseline, restricted, hardened'],
    [{ kubernetes: 1.37 }, 'CasemateValidation: kubernetes is 1.37, expected a text; write it in quotes'],
    [{ failOn: 'error' }, 'unknown severity "error": expected critical, high, medium, low'],
    [{ config: '/no/such/casemate.yaml' }, '/no/such/casemate.yaml: cannot be read'],
  ])('%j is refused', (properties, message) => {
    expect(constructing(properties)).toThrow(message);
  });

  test('stand before those of the configuration file, whose exemptions count', async () => {
    const config = join(mkdtempSync(join(tmpdir(), 'casemate-')), 'casemate.yaml');
    writeFileSync(
      config,
      `profile: hardened\nkubernetes: '1.36'\nexemptions:\n- {control: no-host-network, object: {kind: Pod, namespace: shop, name: cart}, reason: node agent, until: '${until}'}\n`,
    );
    const { status, figures } = await validate({ 'all.yaml': weak }, { profile: 'baseline', config });
    expect([status, figures]).toEqual([
      'success',
      { Profile: 'baseline', Kubernetes: '1.36', Objects: '1', Findings: '0', Exempted: '1' },
    ]);
  });
});
