import {
  breakGlassRoles,
  hostCertificateCommand,
  knownHosts,
  type SshConfigProps,
  sshConfig,
  userCertificateCommand,
} from '../../../stacks/ssh';

const props: SshConfigProps = {
  bastion: { name: 'bastion', address: '203.0.113.5', user: 'jump' },
  hosts: [{ name: 'cp-1', address: 'fd00::1', user: 'ops', port: 2222 }],
  identityFile: '~/.ssh/id_ed25519',
  knownHostsFile: '~/.ssh/known',
};
const ca = `ssh-ed25519 ${'A'.repeat(68)} ca@example.com`;

/** The blocks of a file, by their pattern. */
function blocks(text: string): Record<string, string[]> {
  const parts = text.split(/^Host /m).slice(1);
  return Object.fromEntries(parts.map((part) => part.trim().split(/\n\s*/)).map(([name, ...lines]) => [name, lines]));
}

test('a node is reached through the bastion, the bastion directly, and both are known by their certificates alone', () => {
  const { bastion, 'cp-1': node, 'bastion cp-1': both } = blocks(sshConfig(props));
  expect(node).toEqual(['HostName fd00::1', 'Port 2222', 'User ops', 'HostKeyAlias cp-1', 'ProxyJump bastion']);
  expect(bastion).toEqual(['HostName 203.0.113.5', 'Port 22', 'User jump', 'HostKeyAlias bastion']);
  expect(both).toEqual(
    expect.arrayContaining([
      'StrictHostKeyChecking yes',
      'HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com',
      'ForwardAgent no',
      'IdentityFile "~/.ssh/id_ed25519"',
      'IdentitiesOnly yes',
    ]),
  );
});

test('known hosts are whoever the CA says, for our names only', () => {
  expect(knownHosts([ca, ca], ['bastion', 'cp-1'])).toBe(
    `@cert-authority bastion,cp-1 ssh-ed25519 ${'A'.repeat(68)}\n`.repeat(2),
  );
  expect(() => knownHosts([ca], ['*'])).toThrow(/name of a host/);
  expect(() => knownHosts([], ['cp-1'])).toThrow(/hostCas is empty/);
});

test.each<[string, Partial<SshConfigProps>, RegExp]>([
  [
    'a name with an option',
    { hosts: [{ name: 'a\n\tProxyCommand x', address: '10.0.0.1', user: 'ops' }] },
    /name of a host/,
  ],
  ['an address with an option', { hosts: [{ name: 'a', address: '-oProxyCommand=x', user: 'ops' }] }, /address of a/],
  ['a quote in a path', { identityFile: 'a" \nProxyCommand x' }, /path is/],
  ['a token in a path', { knownHostsFile: '%d/x' }, /path is/],
  [
    'a name twice',
    { hosts: [{ name: 'bastion', address: '10.0.0.1', user: 'ops' }] },
    /two hosts have the name "bastion"/,
  ],
])('%s: refused', (_title, change, message) => {
  expect(() => sshConfig({ ...props, ...change })).toThrow(message);
});

const user = { caKey: 'user_ca', person: 'alice@example.com', principals: ['admins'], publicKey: 'alice.pub' };

test("a person's certificate lasts hours, and allows a terminal and passing through", () => {
  expect(userCertificateCommand({ ...user, from: ['198.51.100.0/24'] })).toBe(
    'ssh-keygen -s user_ca -I alice@example.com -n admins -V -5m:+480m -O clear -O permit-pty -O permit-port-forwarding ' +
      '-O source-address=198.51.100.0/24 alice.pub',
  );
  expect(userCertificateCommand({ ...user, agent: true, caKey: 'ca.pub' })).toMatch(/^ssh-keygen -U -s ca\.pub /);
  expect(userCertificateCommand({ ...user, person: "O'Brien; reboot" })).toContain(`-I 'O'\\''Brien; reboot' `);
  expect(userCertificateCommand({ ...user, publicKey: '~/my keys/a.pub' })).toMatch(/ ~\/'my keys\/a\.pub'$/);
});

test.each([
  ['more than a day', { hours: 25 }, /hours is 25/],
  ['no time', { hours: 0 }, /hours is 0/],
  ['for every account', { principals: [] }, /good for every account/],
  ['a principal of two', { principals: ['a,root'] }, /principal is "a,root"/],
  ['for nobody', { person: ' ' }, /person is/],
])('a certificate of %s is refused', (_title, change, message) => {
  expect(() => userCertificateCommand({ ...user, ...change })).toThrow(message);
});

test("a host's certificate names the host", () => {
  expect(
    hostCertificateCommand({ caKey: 'host_ca', names: ['cp-1', '10.0.0.1', 'fd00::1'], publicKey: 'cp-1.pub' }),
  ).toBe('ssh-keygen -s host_ca -h -I cp-1 -n cp-1,10.0.0.1,fd00::1 -V -5m:+26w cp-1.pub');
  expect(() => hostCertificateCommand({ caKey: 'a', names: [], publicKey: 'b' })).toThrow(/at least one/);
});

test('the roles for debugging nodes are bound to nobody, and cannot change them', () => {
  const roles = breakGlassRoles() as { kind: string; rules?: { verbs: string[]; resources: string[] }[] }[];
  expect(roles.map(({ kind }) => kind)).toEqual(['Namespace', 'Role', 'ClusterRole']);
  expect(JSON.stringify(roles)).not.toMatch(/"\*"|Binding|escalate|impersonate/);
});
