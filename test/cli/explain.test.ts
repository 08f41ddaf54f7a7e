import { catalogue } from '../../controls';
import { casemate } from './support';

test('without a control, every one is listed once, with severity and title', async () => {
  const { status, stdout } = await casemate(['explain']);
  expect(status).toBe(0);
  const lines = stdout.split('\n');
  for (const { id, severity, title } of catalogue()) {
    expect(lines.filter((line) => line.includes(` ${id} `))).toEqual([
      expect.stringMatching(new RegExp(`^  ${severity} +${id} +`)),
    ]);
    expect(stdout).toContain(title);
  }
});

test('a control is told whole: why, when, what must hold, how to fix it, and examples', async () => {
  const { status, stdout } = await casemate(['explain', 'no-privilege-escalation']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^no-privilege-escalation: .+\nhigh, in restricted, hardened\n/);
  expect(stdout).toContain('Without it a set-user-ID binary');
  expect(stdout).toContain(
    'Since Kubernetes 1.25\n  for each container: securityContext.allowPrivilegeEscalation must be false\n',
  );
  expect(stdout).toContain('    fix: set securityContext.allowPrivilegeEscalation: false\n');
  expect(stdout).toContain('References\n  Pod Security Standards: allowPrivilegeEscalation\n');
  expect(stdout).toMatch(/\nHolds for\n {2}containers: /);
  expect(stdout).toMatch(/\nFails for\n {2}containers: /);
});

test.each(catalogue().map(({ id }) => id))('%s can be explained', async (id) => {
  const { status, stdout } = await casemate(['explain', id]);
  expect(status).toBe(0);
  expect(stdout.startsWith(`${id}: `)).toBe(true);
  expect(stdout).not.toMatch(/undefined|\[object/);
});

test.each([
  ['no-privilege-escalations', 'did you mean no-privilege-escalation?'],
  ['privileged', 'did you mean no-privileged-containers?'],
  ['xyzzyxyzzy', '`casemate explain` lists them'],
])('%s is no control, but: %s', async (id, hint) => {
  const { status, stdout, stderr } = await casemate(['explain', id]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(`found no control "${id}", expected the id of one: ${hint}`);
});
