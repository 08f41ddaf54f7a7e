import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyRuleset, readHost, type SshAccess } from '../../../stacks/hosts';

/** In place of `ssh`: answers each action, in order, as it is told to, and writes down what was asked. */
const client = `
const fs = require('node:fs');
const [folder, ...args] = process.argv.slice(2);
const action = args.at(-1).split(' ').at(-3);
fs.appendFileSync(folder + '/asked', action + '\\n');
const answers = JSON.parse(fs.readFileSync(folder + '/answers', 'utf8'));
const { status = 0, stdout = '', stderr = '' } = answers[action].length > 1 ? answers[action].shift() : answers[action][0];
fs.writeFileSync(folder + '/answers', JSON.stringify(answers));
fs.writeFileSync(folder + '/config', fs.readFileSync(args[args.indexOf('-F') + 1]));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.stdin.resume().on('end', () => process.exit(status));
`;

interface Answer {
  readonly status?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const gone: Answer = { status: 255, stderr: 'kex_exchange_identification: Connection closed by remote host' };
const never: Answer = { status: 1, stderr: 'casemate: there is no such trial' };

let folder: string;
let access: SshAccess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'casemate-test-'));
  writeFileSync(join(folder, 'client.js'), client);
  access = {
    user: 'ops',
    bastion: { name: 'bastion', address: '203.0.113.5', user: 'jump' },
    identityFile: '/keys/person',
    knownHosts: '@cert-authority * ssh-ed25519 AAAA\n',
    trialSeconds: 5,
    command: [process.execPath, join(folder, 'client.js'), folder],
  };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const target = { host: 'cp-1', address: '10.0.0.1' };
const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
const answer = (answers: Record<string, readonly Answer[]>) =>
  writeFileSync(join(folder, 'answers'), JSON.stringify(answers));

test('a change is tried, and confirmed through another connection', async () => {
  answer({ before: [{}], try: [{}], confirm: [{}] });
  await applyRuleset(access, target, 'rules');
  expect(asked()).toEqual(['before', 'try', 'confirm']);
  expect(readFileSync(join(folder, 'config'), 'utf8')).toMatch(/^Host cp-1\n[\s\S]*ProxyJump bastion/m);
});

test('a bastion is not reached through itself', async () => {
  answer({ before: [{}], try: [{}], confirm: [{}] });
  await applyRuleset(access, { host: 'bastion', address: '203.0.113.5' }, 'rules');
  expect(readFileSync(join(folder, 'config'), 'utf8')).not.toMatch(/ProxyJump/);
});

test('a connection that broke while the rules were loaded is no failure, when a new one gets in', async () => {
  answer({ before: [{}], try: [gone], confirm: [gone, {}] });
  await applyRuleset(access, target, 'rules');
  expect(asked()).toEqual(['before', 'try', 'confirm', 'confirm']);
});

test('a host that was not reached at all is tried again', async () => {
  answer({ before: [{}], try: [gone, {}], confirm: [never, {}] });
  await applyRuleset(access, target, 'rules');
  expect(asked()).toEqual(['before', 'try', 'confirm', 'try', 'confirm']);
});

test('nothing is tried on a host that nobody gets into before, however often', async () => {
  answer({ before: [gone], try: [{}], confirm: [{}] });
  await expect(applyRuleset(access, target, 'rules')).rejects.toThrow(/^cp-1: kex_exchange_identification/);
  expect(asked()).toEqual(['before', 'before', 'before']);
});

test('what the host says is final, and nothing is confirmed', async () => {
  answer({ before: [{}], try: [{ status: 1, stderr: 'casemate: this host cannot load the rules' }], confirm: [{}] });
  await expect(applyRuleset(access, target, 'rules')).rejects.toThrow(
    'cp-1: casemate: this host cannot load the rules',
  );
  expect(asked()).toEqual(['before', 'try']);
});

test('rules that lock us out are an error that says whether the host has undone them', async () => {
  const message = (afterwards: Answer) => {
    const other = mkdtempSync(join(folder, 'other-'));
    const answers = { before: [{}, afterwards], try: [{}], confirm: [gone] };
    writeFileSync(join(other, 'answers'), JSON.stringify(answers));
    const command = [process.execPath, join(folder, 'client.js'), other];
    return applyRuleset({ ...access, command }, target, 'rules').catch((error: Error) => error.message);
  };
  const [undone, lost] = await Promise.all([message({}), message(gone)]);
  expect(undone).toMatch(
    /^cp-1: with the new rules nobody got in .* within 5 s .*It has undone them, and lets us in again\.$/s,
  );
  expect(lost).toMatch(/but does not let us in: cp-1: kex_exchange/);
}, 30_000);

test('a rule set that would end the script that carries it is refused', async () => {
  answer({ before: [{}], try: [{}], confirm: [{}] });
  await expect(applyRuleset(access, target, 'a\nend-of-rules-of-casemate\nreboot')).rejects.toThrow(/has a line/);
});

test('a trial is never shorter than a login takes', async () => {
  await expect(applyRuleset({ ...access, trialSeconds: 1 }, target, '')).rejects.toThrow(/expected 5 to 3600/);
});

test('a host that has other rules, or another file for the boot, is not as it was applied', async () => {
  const parts = (found: string, expected: string, file: string) =>
    [found, expected, `${file}\n`].join('--- casemate ---\n');
  answer({ read: [{ stdout: parts('a\n', 'a\n', 'same') }] });
  expect(await readHost(access, target, 'a')).toEqual({ asApplied: true, found: 'a\n' });
  answer({ read: [{ stdout: parts('b\n', 'a\n', 'same') }] });
  expect(await readHost(access, target, 'a')).toEqual({ asApplied: false, found: 'b\n' });
  answer({ read: [{ stdout: parts('a\n', 'a\n', 'different') }] });
  expect((await readHost(access, target, 'a')).asApplied).toBe(false);
  answer({ read: [{ stdout: parts('', 'a\n', 'same') }] });
  expect((await readHost(access, target, 'a')).found).toMatch(/no table/);
  answer({ read: [{ stdout: 'a\n' }] });
  await expect(readHost(access, target, 'a')).rejects.toThrow(/cannot be read/);
});

test('a client that is not there says so', async () => {
  await expect(readHost({ ...access, command: ['/nowhere/ssh'] }, target, '')).rejects.toThrow(
    '/nowhere/ssh does not run',
  );
});
