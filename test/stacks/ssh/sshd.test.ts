import { type SshdProps, sshdConfig, sshdFiles, sshdSettings } from '../../../stacks/ssh';

const bastion: SshdProps = {
  role: 'bastion',
  logins: [{ user: 'jump', principals: ['admins'] }],
  from: ['198.51.100.0/24', '2001:db8:51::/48'],
  nodes: ['10.0.0.1', 'fd00::1', 'worker.example.com'],
};
const node: SshdProps = { role: 'node', logins: [{ user: 'ops', principals: ['admins'] }], from: ['10.0.9.1'] };
const ca = `ssh-ed25519 ${'A'.repeat(68)} ca@example.com`;

/** What sshd obeys for everybody: the first value of each keyword, before any Match. */
function read(text: string): Record<string, string> {
  const lines = (text.split(/^Match /m)[0] as string)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const settings = lines.map((line) => [line.split(' ')[0] as string, line.replace(/^\S+ /, '')] as const);
  expect(new Set(settings.map(([name]) => name)).size).toBe(settings.length);
  return Object.fromEntries(settings);
}

test('the bastion passes on to the nodes and to nothing else, and has no shell', () => {
  expect(read(sshdConfig(bastion))).toMatchObject({
    AllowTcpForwarding: 'local',
    PermitOpen: '10.0.0.1:22 [fd00::1]:22 worker.example.com:22',
    PermitListen: 'none',
    MaxSessions: '0',
    PermitTTY: 'no',
    ForceCommand: '/bin/false',
    AllowAgentForwarding: 'no',
    PermitTunnel: 'no',
    GatewayPorts: 'no',
    AllowUsers: 'jump@198.51.100.0/24 jump@2001:db8:51::/48',
  });
  expect(sshdConfig(bastion)).not.toMatch(/^Match/m);
});

test('a node forwards nothing, and every session goes through the recorder', () => {
  expect(read(sshdConfig(node))).toMatchObject({
    DisableForwarding: 'yes',
    AllowTcpForwarding: 'no',
    PermitOpen: 'none',
    ForceCommand: '/usr/local/lib/casemate/record-session',
    PermitUserRC: 'no',
    PermitUserEnvironment: 'no',
    AllowUsers: 'ops@10.0.9.1',
  });
});

test('only certificates get in, on both', () => {
  for (const props of [bastion, node]) {
    const settings = read(sshdConfig(props));
    expect(settings).toMatchObject({
      AuthenticationMethods: 'publickey',
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'no',
      PermitEmptyPasswords: 'no',
      PermitRootLogin: 'no',
      AuthorizedKeysFile: 'none',
      TrustedUserCAKeys: '/etc/ssh/casemate_user_ca.pub',
    });
    expect(settings.PubkeyAcceptedAlgorithms?.split(',').every((name) => name.includes('-cert-v01@'))).toBe(true);
  }
});

test('an account of the bastion has a shell only where it is asked for, and a recorded one', () => {
  const text = sshdConfig({
    ...bastion,
    logins: [...bastion.logins, { user: 'ops', principals: ['keepers'], shell: true }],
  });
  expect(text.split(/^Match /m).slice(1)).toEqual([
    'User ops\n\tMaxSessions 4\n\tPermitTTY yes\n\tForceCommand /usr/local/lib/casemate/record-session\n',
  ]);
});

test.each([
  ['9.2', false, false, false],
  ['9.6p1', true, false, false],
  ['9.8', true, true, false],
  ['9.9', true, true, true],
  ['10.0', true, true, true],
])('OpenSSH %s gets only keywords and algorithms that it knows', (openssh, chacha, penalties, mlkem) => {
  const settings = read(sshdConfig({ ...bastion, openssh }));
  expect(settings.Ciphers?.includes('chacha20')).toBe(chacha);
  expect('PerSourcePenalties' in settings).toBe(penalties);
  expect(settings.KexAlgorithms?.startsWith('mlkem768x25519-sha256,')).toBe(mlkem);
  expect(settings.KexAlgorithms).toContain('sntrup761x25519-sha512@openssh.com');
});

test('one person who fails cannot have the bastion, from which all come, shut out of nodes', () => {
  expect(read(sshdConfig({ ...node, openssh: '10.0' })).PerSourcePenalties).toBe('no');
  expect(read(sshdConfig({ ...node, openssh: '10.0' })).PerSourceMaxStartups).toBeUndefined();
});

test('a setting is relaxed by itself, with its reason beside it', () => {
  const text = sshdConfig({
    ...node,
    relax: [{ setting: 'RequiredRSASize', value: '2048', reason: 'Old cards until May.' }],
  });
  expect(text).toContain('# Relaxed: Old cards until May.\nRequiredRSASize 2048\n');
  expect(text.match(/RequiredRSASize/g)).toHaveLength(1);
});

test.each<[string, Partial<SshdProps>, RegExp]>([
  ['nobody', { logins: [] }, /logins is empty/],
  ['root', { logins: [{ user: 'root', principals: ['a'] }] }, /root never logs in/],
  ['an account twice', { logins: [node.logins[0] as never, node.logins[0] as never] }, /"ops" stands twice/],
  ['no principals', { logins: [{ user: 'ops', principals: [] }] }, /no certificate opens it/],
  ['a principal of two lines', { logins: [{ user: 'ops', principals: ['a\nb'] }] }, /principals of "ops" is "a\\nb"/],
  ['options in a principal', { logins: [{ user: 'ops', principals: ['from="x" a'] }] }, /principals of "ops"/],
  ['an account with blanks', { logins: [{ user: 'ops *', principals: ['a'] }] }, /user is "ops \*"/],
  [
    'a node without a shell',
    { logins: [{ user: 'ops', principals: ['a'], shell: false }] },
    /neither a shell nor forwarding/,
  ],
  ['no networks', { from: [] }, /from is empty/],
  ['a bad network', { from: ['10.0.0.1/8'] }, /bits are set behind the prefix/],
  ['an old OpenSSH', { openssh: '8.9' }, /9\.2 .* is the oldest/],
  ['no version', { openssh: 'latest' }, /expected a version such as/],
  ['a bad port', { port: 0 }, /port is 0/],
  ['a setting that is not there', { relax: [{ setting: 'Foo', value: 'x', reason: 'y' }] }, /no setting "Foo"/],
  [
    'passwords',
    { relax: [{ setting: 'PasswordAuthentication', value: 'yes', reason: 'y' }] },
    /PasswordAuthentication stays/,
  ],
  ['no reason', { relax: [{ setting: 'UseDNS', value: 'yes', reason: ' ' }] }, /reason for UseDNS/],
  [
    'two lines in a value',
    { relax: [{ setting: 'UseDNS', value: 'yes\nPermitRootLogin yes', reason: 'y' }] },
    /value of UseDNS/,
  ],
  [
    'a setting twice',
    { relax: Array(2).fill({ setting: 'UseDNS', value: 'yes', reason: 'y' }) },
    /UseDNS stands twice/,
  ],
])('%s: refused', (_title, change, message) => {
  expect(() => sshdConfig({ ...node, ...change } as SshdProps)).toThrow(message);
});

test('a bastion that leads nowhere, or to a network, is refused', () => {
  expect(() => sshdConfig({ ...bastion, nodes: [] })).toThrow(/leads nowhere/);
  expect(() => sshdConfig({ ...bastion, nodes: ['10.0.0.0/24'] })).toThrow(/sshd permits single addresses/);
  expect(() => sshdConfig({ ...bastion, nodes: ['10.0.0.1 *:*'] })).toThrow(/not an address/);
});

test('every setting says why, and how to relax it', () => {
  expect(new Set(sshdSettings.map(({ name }) => name)).size).toBe(sshdSettings.length);
  for (const { name, reason, relax } of sshdSettings) {
    expect(name).toMatch(/^[A-Z][A-Za-z0-9]+$/);
    expect(reason).toMatch(/\S{2}.*[.)]$/s);
    expect(relax).toMatch(/\S{2}/);
  }
});

test('the files hold public keys alone, and a private one is refused without being shown', () => {
  const files = sshdFiles({ sshd: node, userCas: [ca], revoked: [ca] });
  expect(Object.fromEntries(files.map(({ path, content }) => [path, content]))).toMatchObject({
    '/etc/ssh/casemate_user_ca.pub': `ssh-ed25519 ${'A'.repeat(68)}\n`,
    '/etc/ssh/casemate_principals/ops': 'admins\n',
    '/etc/ssh/casemate_revoked_keys': `ssh-ed25519 ${'A'.repeat(68)}\n`,
  });
  const canary = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0LWNhbmFyeQ==\n';
  const refuse = () => sshdFiles({ sshd: node, userCas: [canary] });
  expect(refuse).toThrow(/userCas\[0\] is not a public key/);
  expect(refuse).not.toThrow(/c2VjcmV0|BEGIN/);
  expect(() => sshdFiles({ sshd: node, userCas: [`${ca}\n${ca}`] })).toThrow(/not a public key/);
  expect(() => sshdFiles({ sshd: node, userCas: [] })).toThrow(/no certificate would open any host/);
});

test('the file of revoked keys is there even when it is empty: without it nobody gets in', () => {
  const file = sshdFiles({ sshd: node, userCas: [ca] }).find(({ path }) => path === '/etc/ssh/casemate_revoked_keys');
  expect(file?.content).toBe('');
});
