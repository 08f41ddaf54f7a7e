import { readFileSync } from 'node:fs';
import { load, loadAll } from 'js-yaml';
import { select } from '../../controls';
import { admissionManifests } from '../../gates/admission';
import { loadText } from '../../inventory';
import { casemate, workInFolder } from './support';

const write = workInFolder();

test('the policies survive YAML, as kubectl reads it and as others do', async () => {
  const { status, stdout, stderr } = await casemate(['admission']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const expected = admissionManifests(select());
  const inventory = loadText(stdout, 'policies.yaml');
  expect(inventory.problems).toEqual([]);
  expect(inventory.objects.map(({ value }) => value)).toEqual(expected);
  expect(loadAll(stdout)).toEqual(expected);
});

test('the options choose controls, actions and whether fixes are applied', async () => {
  const args = [
    'admission',
    '--profile',
    'baseline',
    '--kubernetes',
    '1.36',
    '--action',
    'warn',
    'audit',
    '--no-mutation',
  ];
  const { stdout } = await casemate(args);
  const actions: ('Warn' | 'Audit')[] = ['Warn', 'Audit'];
  expect(loadText(stdout, 'policies.yaml').objects.map(({ value }) => value)).toEqual(
    admissionManifests(select('baseline', '1.36'), { actions, mutate: false }),
  );
  expect(stdout).not.toContain('MutatingAdmissionPolicy');
});

test('exemptions of the configuration are let through', async () => {
  const exemption = {
    control: 'no-host-path',
    object: { kind: 'DaemonSet', namespace: 'logs', name: 'agent' },
    reason: 'r',
    until: '9999-12-31',
  };
  write('casemate.yaml', JSON.stringify({ profile: 'baseline', exemptions: [exemption] }));
  const { stdout } = await casemate(['admission']);
  expect(loadText(stdout, 'policies.yaml').objects.map(({ value }) => value)).toEqual(
    admissionManifests(select('baseline'), { exemptions: [exemption] }),
  );
  expect(stdout).toContain('agent');
});

test('an exemption that has ended is left out, and said to be', async () => {
  const object = '{kind: DaemonSet, namespace: logs, name: agent}';
  write('casemate.yaml', `exemptions: [{control: no-host-path, object: ${object}, reason: r, until: 2020-01-01}]`);
  const { status, stdout, stderr } = await casemate(['admission']);
  expect(status).toBe(0);
  expect(stdout).not.toContain('agent');
  expect(stderr).toBe(
    'warning: the exemption of DaemonSet logs/agent from no-host-path ended on 2020-01-01: it is left out\n',
  );
});

test('--output writes them to a file', async () => {
  const { status, stdout } = await casemate(['admission', '--profile', 'baseline', '--output', 'policies.yaml']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(load(readFileSync('policies.yaml', 'utf8').split('---\n')[1] ?? '')).toMatchObject({
    kind: 'ValidatingAdmissionPolicy',
  });
});

test('what no policy can ask is said to be left out', async () => {
  expect((await casemate(['admission'])).stdout).toMatch(/^# casemate .*\n# Not among them, .*: isolated-pods\.\n/);
});

test.each([
  [['--action', 'refuse'], 'unknown action "refuse": expected deny, warn, audit'],
  [['--action', 'deny', 'warn'], 'not both Deny and Warn'],
])('%j is a wrong call', async (args, message) => {
  const { status, stdout, stderr } = await casemate(['admission', ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});
