import { atLeast, controlById, counts, type Exemption, type Finding, type ScanOptions, scan } from '../../controls';
import { formatPath, loadText } from '../../inventory';

const manifests = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      hostPID: true
      containers:
        - {name: app, image: app, securityContext: {privileged: true, capabilities: {add: [CHOWN, SYS_ADMIN]}}}
`;

const exemption: Exemption = {
  control: 'no-host-pid',
  object: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  reason: 'watches the processes of its node',
  until: '2027-03-01',
};

test('a finding names the object, the field, what was found and what to do', () => {
  const { findings } = run(manifests, { profile: 'baseline' });
  expect(
    findings.map(({ object, path, ...rest }) => ({ object: object.name, path: formatPath(path), ...rest })),
  ).toEqual([
    {
      control: 'limit-added-capabilities',
      severity: 'high',
      verdict: 'fails',
      object: 'web',
      path: 'spec.template.spec.containers[0].securityContext.capabilities.add',
      found: ['CHOWN', 'SYS_ADMIN'],
      message: expect.stringMatching(
        /^container "app": securityContext.capabilities.add must hold nothing but .*, found \["CHOWN","SYS_ADMIN"\]$/,
      ),
      fix: 'keep only what is allowed in spec.template.spec.containers[0].securityContext.capabilities.add',
    },
    {
      control: 'no-host-pid',
      severity: 'high',
      verdict: 'fails',
      object: 'web',
      path: 'spec.template.spec.hostPID',
      found: true,
      message: 'hostPID must be false, found true',
      fix: 'set spec.template.spec.hostPID: false',
    },
    {
      control: 'no-privileged-containers',
      severity: 'high',
      verdict: 'fails',
      object: 'web',
      path: 'spec.template.spec.containers[0].securityContext.privileged',
      found: true,
      message: 'container "app": securityContext.privileged must be false, found true',
      fix: 'set spec.template.spec.containers[0].securityContext.privileged: false',
    },
  ]);
});

test('findings come in the order of the objects', () => {
  const { findings } = run(manifests);
  const kinds = findings.map(({ object }) => object.kind);
  expect(kinds.indexOf('Service')).toBe(0);
  expect(kinds.lastIndexOf('Service')).toBeLessThan(kinds.indexOf('Deployment'));
});

test('every pod of an object is asked about', () => {
  const { findings } = run(
    `
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: training}
spec:
  replicatedJobs:
    - {name: a, template: {spec: {template: {spec: {hostIPC: true, containers: [{name: app, image: app}]}}}}}
    - {name: b, template: {spec: {template: {spec: {hostIPC: true, containers: [{name: app, image: app}]}}}}}
`,
    { profile: 'baseline' },
  );
  expect(findings.map(({ path }) => formatPath(path))).toEqual([
    'spec.replicatedJobs[0].template.spec.template.spec.hostIPC',
    'spec.replicatedJobs[1].template.spec.template.spec.hostIPC',
  ]);
});

test('a kind of the same name in another group is another kind', () => {
  const service = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, template: {spec: {containers: [{name: app, image: app}]}}}
`;
  expect(run(service).findings.map(({ control }) => control)).not.toContain('no-node-ports');
});

test('a question asked is a question that held, or a finding', () => {
  const { asked, held, findings, controls } = run(manifests, { profile: 'baseline' });
  expect(asked).toBe(controls);
  expect(asked - held).toBe(new Set(findings.map(({ control }) => control)).size);
});

test('no secret is in a finding', () => {
  const { findings } = run(`
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {containers: [{name: db, image: db, env: [{name: DB_PASSWORD, value: hunter2}]}]}
`);
  const found = findings.filter(({ control }) => control === 'no-secret-in-environment');
  expect(found).toHaveLength(1);
  expect(JSON.stringify(found.map(({ object: _, ...rest }) => rest))).not.toContain('hunter2');
});

test('what is malformed is one finding of each control, at its own place', () => {
  const { findings } = run('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: none}\n');
  const found = findings.filter(({ path }) => formatPath(path) === 'spec.containers');
  expect(of('no-host-in-probes', findings)).toEqual(of('no-host-in-probes', found));
  expect(of('no-host-in-probes', found)).toMatchObject([
    {
      verdict: 'error',
      message:
        'Probes and lifecycle hooks call the pod itself: could not be evaluated (spec.containers must be a list of objects)',
      fix: 'correct spec.containers',
    },
  ]);
});

describe('an exemption', () => {
  const options = { profile: 'baseline', exemptions: [exemption], day: '2027-03-01' } as const;

  test('keeps a finding from counting, which is listed with it', () => {
    const { findings, unusedExemptions } = run(manifests, options);
    expect(of('no-host-pid', findings)).toMatchObject([{ exemption }]);
    expect(findings.filter(counts).map(({ control }) => control)).toEqual([
      'limit-added-capabilities',
      'no-privileged-containers',
    ]);
    expect(unusedExemptions).toEqual([]);
  });

  test('that has ended is part of the finding, which counts', () => {
    const { findings, unusedExemptions } = run(manifests, { ...options, day: '2027-03-02' });
    const [found] = of('no-host-pid', findings);
    expect(found?.exemption).toBeUndefined();
    expect(found?.message).toBe(
      'hostPID must be false, found true; its exemption ended on 2027-03-01 (watches the processes of its node)',
    );
    expect(unusedExemptions).toEqual([]);
  });

  test.each([
    ['control', { ...exemption, control: 'no-host-ipc' }],
    ['kind', { ...exemption, object: { ...exemption.object, kind: 'DaemonSet' } }],
    ['namespace', { ...exemption, object: { ...exemption.object, namespace: 'other' } }],
    ['absent namespace', { ...exemption, object: { kind: 'Deployment', name: 'web' } }],
    ['name', { ...exemption, object: { ...exemption.object, name: 'other' } }],
  ])('of another %s excuses nothing, and is reported as unused', (_, other) => {
    const { findings, unusedExemptions } = run(manifests, { ...options, exemptions: [other] });
    expect(findings.filter(counts)).toHaveLength(findings.length);
    expect(unusedExemptions).toEqual([other]);
  });

  test('excuses no object whose name is still to be generated', () => {
    const generated = manifests.replaceAll('metadata: {name: web', 'metadata: {generateName: web');
    const { findings, unusedExemptions } = run(generated, options);
    expect(of('no-host-pid', findings)).toMatchObject([{ verdict: 'fails' }]);
    expect(findings.filter(counts)).toHaveLength(findings.length);
    expect(unusedExemptions).toEqual([exemption]);
  });

  test('is unused where the control holds', () => {
    const fixed = manifests.replace('hostPID: true', 'hostPID: false');
    expect(run(fixed, options).unusedExemptions).toEqual([exemption]);
  });

  test('never excuses what could not be evaluated', () => {
    const { findings, unusedExemptions } = run(manifests.replace('hostPID: true', 'hostPID: maybe'), options);
    const [found] = of('no-host-pid', findings);
    expect(found?.verdict).toBe('error');
    expect(found?.exemption).toBeUndefined();
    expect(found?.message).toMatch(
      /^Pods do not see the processes of their node: could not be evaluated \(.+\); hostPID must/,
    );
    expect(unusedExemptions).toEqual([exemption]);
  });

  test('an annotation of the workload itself is none', () => {
    const annotated = manifests.replace(
      'metadata: {name: web, namespace: shop}\nspec:\n',
      'metadata: {name: web, namespace: shop, annotations: {casemate.dev/exempt: no-host-pid}}\nspec:\n',
    );
    expect(annotated).not.toBe(manifests);
    expect(of('no-host-pid', run(annotated, { profile: 'baseline' }).findings).filter(counts)).toHaveLength(1);
  });
});

test('severities compare, the worst first', () => {
  expect(atLeast('critical', 'high')).toBe(true);
  expect(atLeast('high', 'high')).toBe(true);
  expect(atLeast('low', 'medium')).toBe(false);
});

test('a control is found by its id', () => {
  expect(controlById('no-host-pid')?.references.pss).toBe('hostNamespaces');
  expect(controlById('constructor')).toBeUndefined();
});

function run(text: string, options: ScanOptions = {}) {
  return scan(loadText(text, 'shop.yaml'), options);
}

function of(control: string, findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.control === control);
}
