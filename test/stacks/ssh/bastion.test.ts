import * as pulumi from '@pulumi/pulumi';
import { BastionSsh, type BastionSshSettings, bastionSshIntent, check, nftables, ssh } from '../../../stacks';

const made: { readonly type: string; readonly name: string; readonly inputs: Record<string, unknown> }[] = [];

beforeEach(async () => {
  made.length = 0;
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      made.push({ type, name, inputs });
      return { id: `${name}-id`, state: inputs };
    },
    call: ({ inputs }) => inputs,
  });
});

afterEach(() => pulumi.runtime.disconnect());

const settled = <T>(output: pulumi.Output<T>) =>
  new Promise<pulumi.Unwrap<T>>((resolve) => output.apply(resolve as never));
const ca = `ssh-ed25519 ${'A'.repeat(68)}`;
const settings: BastionSshSettings = {
  host: { name: 'bastion', addresses: ['203.0.113.5', '2001:db8::5'] },
  nodes: [
    { name: 'cp-1', addresses: ['10.0.0.1', 'fd00::1'] },
    { name: 'worker-1', addresses: ['10.0.1.1'] },
  ],
  from: ['198.51.100.0/24'],
  userCas: [ca],
  hostCas: [ca],
  principals: ['admins'],
  keepers: ['keepers'],
};
const props = { ...settings, enforce: nftables() };

test('people get their ssh_config, known hosts, and the commands that sign keys', async () => {
  const bastion = new BastionSsh('bastion', { ...props, hours: 4 });
  expect(await settled(bastion.sshConfig)).toMatch(
    /^Host worker-1\n\tHostName 10\.0\.1\.1\n.*\n\tUser ops\n.*\n\tProxyJump bastion$/m,
  );
  expect(await settled(bastion.knownHosts)).toBe(`@cert-authority bastion,cp-1,worker-1 ${ca}\n`);
  expect(await settled(bastion.certificateCommand)).toMatch(/-n admins,keepers -V -5m:\+240m /);
  expect((await settled(bastion.hostCertificateCommands))['cp-1']).toMatch(/ -n cp-1,10\.0\.0\.1,fd00::1 /);
});

test('each host gets the files of its role', async () => {
  const files = await settled(new BastionSsh('bastion', props).sshdFiles);
  const contentOf = (host: string, path: string) => files[host]?.find((file) => file.path === path)?.content;
  expect(contentOf('bastion', '/etc/ssh/sshd_config')).toContain('PermitOpen 10.0.0.1:22 [fd00::1]:22 10.0.1.1:22\n');
  expect(contentOf('bastion', '/etc/ssh/sshd_config')).toContain(
    'AllowUsers jump@198.51.100.0/24 ops@198.51.100.0/24\n',
  );
  expect(contentOf('cp-1', '/etc/ssh/sshd_config')).toContain('AllowUsers ops@203.0.113.5 ops@2001:db8::5\n');
  expect(contentOf('bastion', '/etc/ssh/casemate_principals/jump')).toBe('admins\nkeepers\n');
  expect(contentOf('bastion', '/etc/ssh/casemate_principals/ops')).toBe('keepers\n');
});

test('the bastion takes SSH from the office alone, and its rules are in the user data of its host', async () => {
  const bastion = new BastionSsh('bastion', props);
  const { bastion: rules = '', ...others } = await settled(bastion.rulesets);
  expect(others).toEqual({});
  expect(rules.match(/dport \d+/g)).toEqual(expect.arrayContaining(['dport 22']));
  const userData = await settled(bastion.cloudInit);
  expect(Object.keys(userData).sort()).toEqual(['bastion', 'cp-1', 'worker-1']);
  expect(userData.bastion).toContain('/etc/nftables.d/casemate.nft');
  expect(userData['cp-1']).not.toContain('/etc/nftables.d/casemate.nft');
});

test('where SSH is off, no rule opens port 22, and the roles for debugging nodes remain', async () => {
  const bastion = new BastionSsh('bastion', { ...props, access: 'off' });
  expect(await settled(bastion.rulesets)).toEqual({ bastion: expect.not.stringMatching(/dport 22\b/) });
  expect(JSON.stringify(bastion.breakGlass)).toMatch(/ClusterRole/);
});

test('rules are brought to the host by SSH, and the state holds paths, not keys', async () => {
  const access = { user: 'ops', identityFile: '/keys/id', knownHosts: `@cert-authority bastion ${ca}` };
  const bastion = new BastionSsh('bastion', { ...props, enforce: nftables({ ssh: ssh(access) }) });
  await settled(bastion.rulesets);
  await pulumi.runtime.disconnect();
  const host = made.find(({ type }) => type === 'pulumi-nodejs:dynamic/casemate:HostFirewall');
  expect(host?.name).toBe('bastion-bastion');
  expect(host?.inputs).toMatchObject({ host: 'bastion', address: '203.0.113.5', access });
  expect(host?.inputs.__provider).toMatch(/^exports\.handler = .*require\('casemate\/stacks'\)/);
});

test('a bastion that is a node as well, or that everyone reaches, is refused', () => {
  const { host } = settings;
  expect(() => check(bastionSshIntent(settings))).not.toThrow();
  expect(() => check(bastionSshIntent({ ...settings, nodes: [host] }))).toThrow(/groups "bastion" and "nodes"/);
  expect(() => check(bastionSshIntent({ ...settings, from: ['0.0.0.0/1', '128.0.0.0/1'] }))).toThrow(/SSH/);
});
