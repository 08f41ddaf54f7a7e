import { cloudInit, type OpeningProps, temporaryOpening } from '../../../stacks/hosts';
import { hostRuleset } from '../../../stacks/hosts/ruleset';
import { inTurn } from '../../../stacks/hosts/turns';

test('an opening expires by itself, for these addresses and this port alone', () => {
  expect(temporaryOpening({ from: ['198.51.100.7', '2001:db8::/64'], minutes: 30 }).split('\n')).toEqual([
    'add set inet casemate opening-22-ipv4 { type ipv4_addr; flags interval, timeout; }',
    'add element inet casemate opening-22-ipv4 { 198.51.100.7 timeout 30m }',
    'insert rule inet casemate judge ip saddr @opening-22-ipv4 tcp dport 22 counter accept comment "opened for a while"',
    'add set inet casemate opening-22-ipv6 { type ipv6_addr; flags interval, timeout; }',
    'add element inet casemate opening-22-ipv6 { 2001:db8::/64 timeout 30m }',
    'insert rule inet casemate judge ip6 saddr @opening-22-ipv6 tcp dport 22 counter accept comment "opened for a while"',
    '',
  ]);
});

test.each<[string, Partial<OpeningProps>, RegExp]>([
  ['everyone', { from: ['0.0.0.0/0'] }, /is too wide/],
  ['everyone in halves', { from: ['::/1', '8000::/1'] }, /is too wide/],
  ['nobody', { from: [] }, /from is empty/],
  ['for ever', { minutes: 481 }, /expected 1 to 480/],
  ['an injected rule', { from: ['10.0.0.1 } ; flush ruleset'] }, /not an address/],
  ['a port of two', { port: 22.5 }, /port is 22\.5/],
])('an opening for %s is refused', (_title, change, message) => {
  expect(() => temporaryOpening({ from: ['198.51.100.7'], minutes: 5, ...change })).toThrow(message);
});

interface UserData {
  readonly users?: readonly { readonly name: string; readonly shell: string; readonly sudo?: string }[];
  readonly write_files: readonly { readonly path: string }[];
  readonly runcmd: readonly string[];
}

function read(text: string): UserData {
  expect(text).toMatch(/^#cloud-config\n/);
  return JSON.parse(text.replace(/^#.*\n/, '')) as UserData;
}

test('a new host has its accounts, files and rules, and a way back', () => {
  const { users, write_files, runcmd } = read(
    cloudInit({
      files: [{ path: '/etc/ssh/sshd_config', content: 'a: "b"\n', mode: '0600' }],
      users: [
        { name: 'ops', sudo: true },
        { name: 'jump', sudo: false },
      ],
      ruleset: 'table inet casemate {}\n',
    }),
  );
  expect(users?.map(({ name, shell, sudo }) => [name, shell, sudo !== undefined])).toEqual([
    ['ops', '/bin/bash', true],
    ['jump', '/usr/sbin/nologin', false],
  ]);
  expect(write_files.map(({ path }) => path)).toEqual([
    '/etc/ssh/sshd_config',
    '/etc/nftables.d/casemate.nft',
    '/etc/systemd/system/casemate-firewall.service',
    '/var/lib/casemate/firewall/first-boot',
  ]);
  expect(runcmd[0]).toMatch(/^systemd-run .*--on-active=900 /);
});

test('without a trial the rules stay in any case', () => {
  expect(read(cloudInit({ ruleset: 'x', trialSeconds: 0 })).runcmd.join()).not.toMatch(/on-active|delete/);
  expect(() => cloudInit({ ruleset: 'x', trialSeconds: -1 })).toThrow(/trialSeconds is -1/);
});

test('another way to a host changes the state and not the host; what was found by hand, another address or rule does', async () => {
  const access = { user: 'ops', knownHosts: '', command: ['/nowhere/ssh'] };
  const state = { host: 'a', address: '10.0.0.1', ruleset: 'x', access };
  expect((await hostRuleset.diff('a', state, state)).changes).toBe(false);
  const moved = { ...state, access: { ...access, user: 'me' } };
  expect(await hostRuleset.diff('a', state, moved)).toMatchObject({ changes: true, replaces: [] });
  expect(await hostRuleset.update('a', state, moved)).toEqual({ outs: moved });
  for (const change of [
    { ...state, drift: 'y' },
    { ...state, ruleset: 'y' },
    { ...state, address: '10.0.0.2' },
  ]) {
    expect((await hostRuleset.diff('a', change, state)).changes).toBe(true);
    await expect(hostRuleset.update('a', change, state)).rejects.toThrow(/does not run/);
  }
  expect((await hostRuleset.diff('a', state, { ...state, host: 'b' })).replaces).toEqual(['host']);
});

test('six go at a time, and the next begins when one ends, well or not', async () => {
  let [now, most] = [0, 0];
  const all = Array.from({ length: 20 }, (_, index) =>
    inTurn(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (index % 3 === 0) throw new Error('no');
      return index;
    }),
  );
  const results = await Promise.allSettled(all);
  expect(most).toBe(6);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(13);
});
