import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  applyRuleset,
  check,
  cloudInit,
  clusterIntent,
  type Destination,
  type Host,
  hostCertificateCommand,
  knownHosts,
  readHost,
  restoreHost,
  type SshAccess,
  type SshdProps,
  sshConfig,
  sshdFiles,
  temporaryOpening,
  userCertificateCommand,
} from '../../stacks';
import { allows, type ClusterIntentProps, type Packet, type Protocol, ping, tcp } from '../../stacks/firewall';
import { remoteScript } from '../../stacks/hosts/remote';
import { nftables } from '../../stacks/platforms/nftables';
import { binaryOf } from './support/control-plane';
import { buildGo } from './support/go';
import { Network, type NetworkHost, type Probe, whyNoNetwork } from './support/network';
import { withPulumi } from './support/pulumi';

/**
 * The emitted rule sets in real kernels' packet filters, with real OpenSSH and a real etcd: one network namespace a host.
 */
const whyNot = whyNoNetwork();
const here = whyNot === undefined ? describe : describe.skip;
if (whyNot !== undefined) process.stderr.write(`test/e2e/packets.test.ts is skipped: ${whyNot}\n`);

const hosts: readonly NetworkHost[] = [
  { name: 'office', ipv4: '198.51.100.10', ipv6: '2001:db8:51::10' },
  { name: 'internet', ipv4: '192.0.2.66', ipv6: '2001:db8:66::66' },
  { name: 'bastion', ipv4: '203.0.113.5', ipv6: '2001:db8:113::5' },
  { name: 'balancer', ipv4: '203.0.113.80', ipv6: '2001:db8:113::80' },
  { name: 'api-1', ipv4: '10.0.1.1', ipv6: 'fd00:1::1' },
  { name: 'api-2', ipv4: '10.0.1.2', ipv6: 'fd00:1::2' },
  { name: 'etcd-1', ipv4: '10.0.2.1', ipv6: 'fd00:2::1' },
  { name: 'etcd-2', ipv4: '10.0.2.2', ipv6: 'fd00:2::2' },
  { name: 'etcd-3', ipv4: '10.0.2.3', ipv6: 'fd00:2::3' },
  { name: 'worker-1', ipv4: '10.0.3.1', ipv6: 'fd00:3::1' },
  { name: 'worker-2', ipv4: '10.0.3.2', ipv6: 'fd00:3::2' },
];
const named = (name: string) => hosts.find((each) => each.name === name) as NetworkHost;
const host = (name: string): Host => ({ name, addresses: [named(name).ipv4, named(name).ipv6] });
const nodes = ['balancer', 'api-1', 'api-2', 'etcd-1', 'etcd-2', 'etcd-3', 'worker-1', 'worker-2'];
const filtered = ['bastion', ...nodes];

const cluster: ClusterIntentProps = {
  apiServers: ['api-1', 'api-2'].map(host),
  etcd: ['etcd-1', 'etcd-2', 'etcd-3'].map(host),
  workers: ['worker-1', 'worker-2'].map(host),
  bastion: [host('bastion')],
  loadBalancer: { hosts: [host('balancer')] },
  admins: ['198.51.100.0/24', '2001:db8:51::/48'],
  nodePorts: [{ ports: [tcp(30080)], reason: 'The shop.' }],
  metricsServer: 'nodes',
  cni: 'cilium',
};
const intent = check(clusterIntent(cluster));

function rulesets(props: ClusterIntentProps): Map<string, string> {
  return new Map(
    nftables(check(clusterIntent(props))).resources.map(({ name, inputs }) => [name, inputs.ruleset as string]),
  );
}
const rules = rulesets(cluster);
const rulesOf = (name: string) => rules.get(name) as string;

/** Everything of the flow tables (https://kubernetes.io/docs/reference/networking/ports-and-protocols/ and the CNIs'), and beside it. */
const ports: Readonly<Record<'tcp' | 'udp', readonly number[]>> = {
  tcp: [
    ...[22, 80, 111, 179, 443, 2378, 2379, 2380, 2381, 4240, 4244, 5473, 6443, 6444, 8080, 9099, 9100],
    ...[10248, 10249, 10250, 10251, 10255, 10256, 10257, 10259, 30000, 30080, 30081, 32767],
  ],
  udp: [53, 123, 4789, 5473, 6081, 8285, 8472, 10250, 30080, 51820, 51821, 51871],
};
const services = (Object.keys(ports) as ('tcp' | 'udp')[]).flatMap((protocol) =>
  ports[protocol].map((port) => ({ protocol, port })),
);
const portless = (['ipip', 'esp'] as const).map((protocol) => ({ protocol }));

/** What people have. */
interface Keys {
  /** Path of the key that a certificate is for. */
  readonly key: (certificate: string) => string;
  readonly certificate: (name: string) => string;
  readonly hostCa: string;
}

here('hosts behind the emitted rules', () => {
  let network: Network;
  let keys: Keys;
  let access: SshAccess;
  const target = (name: string) => ({ host: name, address: named(name).ipv4 });

  beforeAll(async () => {
    network = await Network.open(hosts);
    keys = makeKeys(join(network.folder, 'keys'));
    await Promise.all(filtered.map((name) => network.startSsh(name, sshServer(network, name))));
    access = {
      user: 'ops',
      bastion: { name: 'bastion', address: named('bastion').ipv4, user: 'jump' },
      identityFile: keys.key('keeper'),
      certificateFile: keys.certificate('keeper'),
      knownHosts: knownHosts([keys.hostCa], filtered),
      command: [...network.on('office'), 'ssh'],
    };
    // The balancer had a table of this name before: somebody's own, which destroying must put back.
    await network.run('balancer', ['nft', '-f', '-'], { input: formerTable });
    await Promise.all(filtered.map((name) => applyRuleset(access, target(name), rulesOf(name))));
    await startEtcd(network);
    await until(
      () => etcdctl('api-1', 'apiserver-etcd-client', ['endpoint', 'health']),
      ({ status }) => status === 0,
    );
    await network.listen(services.map(({ protocol, port }) => `${protocol}:${port}`));
  });

  afterAll(() => network?.close());

  /** Runs the real etcdctl, against all members. */
  const etcdctl = (from: string, certificate: string | undefined, args: readonly string[]) => {
    const pki = join(network.folder, 'pki');
    const pair =
      certificate === undefined
        ? []
        : ['--cert', join(pki, `${certificate}.crt`), '--key', join(pki, `${certificate}.key`)];
    return network.run(from, [
      buildGo(join(__dirname, 'etcdctl'), { name: 'etcdctl', target: 'go.etcd.io/etcd/etcdctl/v3' }),
      ...['--endpoints', ['etcd-1', 'etcd-2', 'etcd-3'].map((name) => `https://${named(name).ipv4}:2379`).join(',')],
      ...['--cacert', join(pki, 'etcd', 'ca.crt'), ...pair, '--dial-timeout', '3s', '--command-timeout', '4s', ...args],
    ]);
  };

  /** The path of an emitted `ssh_config`. */
  const configs = new Map<string, string>();
  function configOf(options: Partial<SshOptions>): string {
    const { certificate = 'alice', family = 'ipv4', hostCa = keys.hostCa, bastionUser = 'jump' } = options;
    const id = JSON.stringify([certificate, family, hostCa, bastionUser]);
    const known = configs.get(id);
    if (known !== undefined) return known;
    const folder = join(network.folder, `client-${configs.size}`);
    mkdirSync(folder);
    const destination = (name: string, user: string): Destination => ({ name, address: named(name)[family], user });
    writeFileSync(join(folder, 'known_hosts'), knownHosts([hostCa], filtered));
    const config = sshConfig({
      bastion: destination('bastion', bastionUser),
      hosts: nodes.map((name) => destination(name, 'ops')),
      identityFile: keys.key(certificate),
      certificateFile: keys.certificate(certificate),
      knownHostsFile: join(folder, 'known_hosts'),
    });
    writeFileSync(join(folder, 'config'), config);
    configs.set(id, join(folder, 'config'));
    return join(folder, 'config');
  }

  /** Runs `ssh` as somebody at a host does. */
  async function ssh(args: readonly string[], options: Partial<SshOptions> = {}) {
    const { from = 'office', input = '' } = options;
    const always = ['-F', configOf(options), '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=4'];
    return network.run(from, ['ssh', ...always, ...args], { input });
  }

  describe('packets', () => {
    interface Service {
      readonly protocol: Protocol;
      readonly port?: number;
    }

    /** Asks every pair of hosts in both families; what disagrees is asked again with patience. */
    async function ask(
      expected: (packet: Packet) => boolean,
      asking: (from: string, to: string) => readonly Service[],
    ) {
      const asked = await Promise.all(
        hosts.map(async (from) => {
          const probes = filtered
            .filter((name) => name !== from.name)
            .flatMap((name) =>
              (['ipv4', 'ipv6'] as const).flatMap((family): (Probe & Packet)[] =>
                asking(from.name, name).map((service) => ({ src: from[family], dst: named(name)[family], ...service })),
              ),
            );
          const differ = async (some: readonly (Probe & Packet)[], timeoutMs: number) => {
            const open = await network.probe(from.name, some, timeoutMs);
            return some.filter((probe, index) => open[index] !== expected(probe));
          };
          return { probes, wrong: await differ(await differ(probes, 800), 5000) };
        }),
      );
      const probes = asked.flatMap((each) => each.probes);
      return {
        probes: probes.length,
        open: probes.filter(expected).length,
        wrong: asked.flatMap((each) => each.wrong),
      };
    }

    /**
     * A question without ports is also the permission for the other's, because replies pass: one direction is asked, then
     * forgotten by the hosts, then the other.
     */
    async function disagreements(expected: (packet: Packet) => boolean) {
      const down = await ask(expected, (from, to) =>
        from < to ? [...services, ping, ...portless] : [...services, ping],
      );
      await sleep(3000);
      const up = await ask(expected, (from, to) => (from < to ? [] : portless));
      return { probes: down.probes + up.probes, open: down.open + up.open, wrong: [...down.wrong, ...up.wrong] };
    }

    test('every pair of hosts and every port, in IPv4 and IPv6: open exactly where the intent says', async () => {
      const { probes, open, wrong } = await disagreements((packet) => allows(intent, packet));
      expect(wrong).toEqual([]);
      expect({ probes, open }).toEqual({
        probes: 90 * (services.length + 1 + portless.length) * 2,
        open: expect.any(Number),
      });
      expect(open).toBeGreaterThan(100);
    });

    test.each<[string, ClusterIntentProps['cni']]>([
      ['Calico with IP-in-IP, Typha and WireGuard', { name: 'calico', mode: 'ipip', wireguard: true }],
      ['Calico with VXLAN', { name: 'calico', mode: 'vxlan' }],
      ['Cilium with IPsec and Hubble', { name: 'cilium', mode: 'geneve', encryption: 'ipsec', hubble: true }],
      ['Flannel', 'flannel'],
    ])('the same with %s', async (_title, cni) => {
      const props = { ...cluster, cni };
      await load(rulesets(props));
      const other = check(clusterIntent(props));
      const { open, wrong } = await disagreements((packet) => allows(other, packet));
      await load(rules);
      expect(wrong).toEqual([]);
      expect(open).toBeGreaterThan(100);
    });

    async function load(texts: ReadonlyMap<string, string>) {
      for (const name of filtered) {
        const { status, stderr } = await network.run(name, ['nft', '-f', '-'], { input: texts.get(name) as string });
        expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
      }
    }
  });

  describe('SSH', () => {
    test.each(['ipv4', 'ipv6'] as const)(
      'a certificate leads from the office through the bastion to every node (%s)',
      async (family) => {
        const answers = await Promise.all(nodes.map((name) => ssh([name, 'id -un'], { family })));
        expect(answers.map(({ stdout, stderr }) => stdout || stderr)).toEqual(nodes.map(() => 'ops\n'));
      },
    );

    test.each([
      ['without a certificate', 'none', /jump@\S+: Permission denied \(publickey\)/],
      ['with an expired certificate', 'expired', /Permission denied \(publickey\)/],
      ['with a certificate of another principal', 'stranger', /Permission denied \(publickey\)/],
      ['with a certificate of another CA', 'forged', /Permission denied \(publickey\)/],
      ['with a certificate for another network', 'elsewhere', /Permission denied \(publickey\)/],
      ['with a key that is revoked', 'revoked', /Permission denied \(publickey\)/],
    ])('nobody gets in %s', async (_title, certificate, message) => {
      const { status, stderr } = await ssh(['api-1', 'id -un'], { certificate });
      expect(stderr).toMatch(message);
      expect(status).not.toBe(0);
    });

    test('from anywhere but the office the bastion does not answer, whatever certificate one has', async () => {
      const answers = await Promise.all(
        ['internet', 'worker-1', 'api-1'].map((from) => ssh(['bastion', '-N'], { from })),
      );
      for (const { status, stderr } of answers) {
        expect(stderr).toMatch(/timed out/);
        expect(status).toBe(255);
      }
    });

    test.each([
      ['etcd of a node', `${named('etcd-1').ipv4}:2379`],
      ['the API server', `${named('api-1').ipv4}:6443`],
      ["a node's name", 'api-1:22'],
      ['itself', '127.0.0.1:22'],
      ['the internet', `${named('internet').ipv4}:22`],
    ])('the bastion does not pass on to %s', async (_title, destination) => {
      const { status, stderr } = await ssh(['-W', destination, 'bastion']);
      expect(stderr).toMatch(/administratively prohibited/);
      expect(status).not.toBe(0);
    });

    test('a node passes on to nothing, not even to itself', async () => {
      const { status, stderr } = await ssh(['-W', '127.0.0.1:2379', 'api-1']);
      expect(stderr).toMatch(/administratively prohibited/);
      expect(status).not.toBe(0);
      const back = await ssh(['-o', 'ExitOnForwardFailure=yes', '-R', '9000:127.0.0.1:22', '-N', 'api-1']);
      expect(back.stderr).toMatch(/remote port forwarding failed/);
    });

    test('the agent is not forwarded to the bastion or to a node, even where a certificate permits it', async () => {
      for (const name of ['bastion', 'api-1']) {
        const { status, stdout } = await network.run('office', [
          ...['ssh-agent', 'ssh', '-F', configOf({ certificate: 'generous' })],
          ...['-o', 'BatchMode=yes', '-A', '-l', 'ops', name, 'env'],
        ]);
        expect(status).toBe(0);
        expect(stdout).toMatch(/^SSH_CONNECTION=/m);
        expect(stdout).not.toMatch(/SSH_AUTH_SOCK/);
      }
    });

    test('the bastion has no shell but for its keepers, and nobody is root', async () => {
      expect(await ssh(['bastion', 'id -un'])).toMatchObject({
        status: 255,
        stdout: '',
        stderr: expect.stringMatching(/open failed/),
      });
      expect((await ssh(['bastion', 'id -un'], { bastionUser: 'ops' })).stderr).toMatch(
        /Permission denied \(publickey\)/,
      );
      const keeper = await ssh(['bastion', 'id -un'], { bastionUser: 'ops', certificate: 'keeper' });
      expect(keeper.stdout).toBe('ops\n');
      expect((await ssh(['-l', 'root', 'api-1', 'id'])).stderr).toMatch(/Permission denied \(publickey\)/);
    });

    test('a host without a certificate of its CA is not trusted', async () => {
      const { stderr } = await ssh(['api-1', 'id'], { hostCa: readFileSync(`${keys.key('alice')}.pub`, 'utf8') });
      expect(stderr).toMatch(/Host key verification failed/);
    });

    test('keys are exchanged so that they stay secret from quantum computers', async () => {
      const { stderr } = await ssh(['-v', '-N', '-W', `${named('api-1').ipv4}:22`, 'bastion']);
      expect(stderr).toMatch(/kex: algorithm: (mlkem768x25519-sha256|sntrup761x25519-sha512(@openssh\.com)?)\b/);
    });

    test('the bastion logs who opened which node, and a node records what was done under that name', async () => {
      await ssh(['worker-2', 'echo of a command']);
      const { status } = await ssh(['-tt', 'worker-2'], { input: 'echo typed-$((40 + 2)); exit 7\n' });
      expect(status).toBe(7);
      const bastion = network.read('bastion', 'sshd');
      expect(bastion).toMatch(/Accepted publickey for jump from 198\.51\.100\.10 .* ID alice@example\.com .* CA /);
      expect(bastion).toMatch(
        new RegExp(`direct_tcpip\\(\\).*target ${named('worker-2').ipv4.replaceAll('.', '\\.')} port 22`),
      );
      const records = await until(
        async () => network.read('worker-2', 'records'),
        (text) => /typed-42/.test(text),
      );
      expect(records).toMatch(/casemate-session.*alice@example\.com as ops from 203\.0\.113\.5: echo of a command/);
      expect(records).toMatch(/alice@example\.com as ops from 203\.0\.113\.5: a shell/);
      expect(records).toMatch(/typed-42/);
    });

    test('where the log does not answer there is no session', async () => {
      const { stdout, stderr } = await network.inside('worker-2', [
        'setpriv',
        ...['--reuid=2001', '--regid=2001', '--clear-groups', 'sh', '-c'],
        `sed "s|--socket '[^']*'|--socket /nowhere|" /usr/local/lib/casemate/record-session | SSH_ORIGINAL_COMMAND='echo in' sh`,
      ]);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/no session without a record/);
    });
  });

  describe('etcd', () => {
    test.each(['api-1', 'api-2'])('%s reads and writes with its certificate, on every member', async (from) => {
      const put = await etcdctl(from, 'apiserver-etcd-client', ['put', `/from/${from}`, 'state']);
      expect(put).toMatchObject({ status: 0, stdout: 'OK\n' });
      const got = await etcdctl(from, 'apiserver-etcd-client', ['get', '--print-value-only', `/from/${from}`]);
      expect(got.stdout).toBe('state\n');
      const health = await etcdctl(from, 'apiserver-etcd-client', ['endpoint', 'health']);
      expect((health.stdout + health.stderr).match(/is healthy/g)).toHaveLength(3);
    });

    test('an API server without a certificate is refused by etcd', async () => {
      const { status, stdout } = await etcdctl('api-1', undefined, ['get', '/from/api-1']);
      expect(status).not.toBe(0);
      expect(stdout).toBe('');
      const refused = new RegExp(`"remote-addr":"${named('api-1').ipv4}:.*client didn't provide a certificate`);
      expect(['etcd-1', 'etcd-2', 'etcd-3'].map((name) => network.read(name, 'etcd')).join('')).toMatch(refused);
    });

    test('from anywhere else one cannot even connect, with a stolen certificate', async () => {
      const elsewhere = ['worker-1', 'worker-2', 'bastion', 'balancer', 'office', 'internet'];
      const answers = await Promise.all(
        elsewhere.map((from) => etcdctl(from, 'apiserver-etcd-client', ['get', '/from/api-1'])),
      );
      for (const { status, stderr } of answers) {
        expect(status).not.toBe(0);
        expect(stderr).toMatch(/context deadline exceeded/);
        expect(stderr).not.toMatch(/tls|certificate required/i);
      }
    });
  });

  describe('a change of rules', () => {
    const reaches = async (from: string, to: string) =>
      (await network.probe(from, [{ dst: named(to).ipv4, protocol: 'tcp', port: 22 }], 1500))[0];
    const withoutSsh = (name: string) => {
      const text = rulesOf(name);
      const cut = text.replace(/^.*tcp dport 22 .*\n/gm, '');
      expect(cut).not.toBe(text);
      return cut;
    };
    const quick = () => ({ ...access, trialSeconds: 6 });

    test('every host has what was applied, and keeps it over a restart', async () => {
      expect(await Promise.all(filtered.map((name) => readHost(access, target(name), rulesOf(name))))).toEqual(
        filtered.map(() => expect.objectContaining({ asApplied: true })),
      );
      const unit = (await network.inside('worker-1', ['cat', '/etc/systemd/system/casemate-firewall.service'])).stdout;
      const start = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
      await network.inside('worker-1', ['nft', 'flush', 'ruleset']);
      expect(await reaches('internet', 'worker-1')).toBe(true);
      expect((await network.inside('worker-1', start)).status).toBe(0);
      expect(await reaches('internet', 'worker-1')).toBe(false);
      expect(await readHost(access, target('worker-1'), rulesOf('worker-1'))).toMatchObject({ asApplied: true });
    });

    test.each(['worker-1', 'bastion'])('that locks us out of %s is undone by the host itself', async (name) => {
      const from = name === 'bastion' ? 'office' : 'bastion';
      const applied = applyRuleset(quick(), target(name), withoutSsh(name)).then(
        () => 'applied',
        (error: Error) => error.message,
      );
      await until(
        () => reaches(from, name),
        (open) => open === false,
      );
      expect(await applied).toMatch(
        /nobody got in through a new connection within 6 s.*has undone them, and lets us in again/s,
      );
      expect(await reaches(from, name)).toBe(true);
      expect(await readHost(access, target(name), rulesOf(name))).toMatchObject({ asApplied: true });
    });

    test('that the host cannot load is refused, and nothing changes', async () => {
      const broken = rulesOf('worker-1').replace('counter drop', 'counter dorp');
      await expect(applyRuleset(quick(), target('worker-1'), broken)).rejects.toThrow(
        /worker-1: .*cannot load the rules/s,
      );
      expect(await readHost(access, target('worker-1'), rulesOf('worker-1'))).toMatchObject({ asApplied: true });
    });

    test('two at once: the second waits for nobody and is refused', async () => {
      const first = applyRuleset(quick(), target('worker-1'), withoutSsh('worker-1')).catch(
        (error: Error) => error.message,
      );
      await until(
        () => reaches('bastion', 'worker-1'),
        (open) => open === false,
      );
      // From the host itself, since nobody gets in.
      const second = await network.inside('worker-1', ['sh', '-s', '--', 'try', 'other', '6'], {
        input: remoteScript(rulesOf('worker-1')),
      });
      expect(second.stderr).toMatch(/another change of the rules is being tried/);
      expect(await first).toMatch(/has undone them/);
    });

    test('is not undone by the timer of one before, which was proven', async () => {
      await applyRuleset({ ...access, trialSeconds: 5 }, target('worker-1'), rulesOf('worker-1'));
      const act = (action: string) =>
        network.inside('worker-1', ['sh', '-s', '--', action, 'later', '60'], {
          input: remoteScript(rulesOf('worker-1')),
        });
      expect(await act('try')).toMatchObject({ status: 0, stderr: '' });
      await sleep(6000);
      expect(await act('confirm')).toMatchObject({ status: 0, stderr: '' });
    });

    test('by hand is seen, and undone by the next one', async () => {
      await network.run('etcd-1', [
        'nft',
        'insert',
        'rule',
        'inet',
        'casemate',
        'judge',
        'tcp',
        'dport',
        '2379',
        'accept',
      ]);
      const seen = await readHost(access, target('etcd-1'), rulesOf('etcd-1'));
      expect(seen.asApplied).toBe(false);
      expect(seen.found).toMatch(/^\t\ttcp dport 2379 accept$/m);
      await applyRuleset(access, target('etcd-1'), rulesOf('etcd-1'));
      expect(await readHost(access, target('etcd-1'), rulesOf('etcd-1'))).toMatchObject({ asApplied: true });

      await network.inside('etcd-1', ['sh', '-c', 'echo "# mine" >>/etc/nftables.d/casemate.nft']);
      expect((await readHost(access, target('etcd-1'), rulesOf('etcd-1'))).found).toMatch(
        /^# The file that is loaded at boot/,
      );
      await network.run('etcd-1', ['nft', 'delete', 'table', 'inet', 'casemate']);
      expect((await readHost(access, target('etcd-1'), rulesOf('etcd-1'))).found).toMatch(/There is no table/);
      await applyRuleset(access, target('etcd-1'), rulesOf('etcd-1'));
      expect(await readHost(access, target('etcd-1'), rulesOf('etcd-1'))).toMatchObject({ asApplied: true });
    });

    test('undone for good puts back what was there, and leaves nothing behind', async () => {
      for (const name of ['worker-2', 'balancer']) await restoreHost(access, target(name));
      const left =
        'ls -A /etc/nftables.d /var/lib/casemate/firewall /etc/systemd/system/casemate-firewall.service 2>/dev/null';
      for (const name of ['worker-2', 'balancer'])
        expect((await network.inside(name, ['sh', '-c', left])).stdout.replace('/etc/nftables.d:\n', '')).toBe('');
      expect((await network.run('worker-2', ['nft', 'list', 'tables'])).stdout).toBe('');
      expect((await network.run('balancer', ['nft', 'list', 'table', 'inet', 'casemate'])).stdout).toBe(formerTable);
      for (const name of ['worker-2', 'balancer']) await applyRuleset(access, target(name), rulesOf(name));
    });

    test('where SSH is off, an opening for a while closes by itself', async () => {
      const { bastion: _, admins, ...off } = cluster;
      const closed = rulesets({ ...off, apiClients: admins ?? [] }).get('worker-2') as string;
      await network.run('worker-2', ['nft', '-f', '-'], { input: closed });
      expect(await reaches('bastion', 'worker-2')).toBe(false);
      const opening = temporaryOpening({ from: [named('bastion').ipv4], minutes: 1 });
      const seconds = opening.replace('timeout 1m', 'timeout 4s');
      expect(seconds).not.toBe(opening);
      expect(await network.run('worker-2', ['nft', '-f', '-'], { input: seconds })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(await reaches('bastion', 'worker-2')).toBe(true);
      expect(await reaches('worker-1', 'worker-2')).toBe(false);
      await until(
        () => reaches('bastion', 'worker-2'),
        (open) => open === false,
      );
      await network.run('worker-2', ['nft', '-f', '-'], { input: rulesOf('worker-2') });
    });
  });

  describe('a host with systemd (a stand-in for it)', () => {
    const name = 'worker-2';
    const opens = () => network.probe('internet', [{ dst: named(name).ipv4, protocol: 'tcp', port: 22 }], 1500);
    const closed = ([open]: readonly boolean[]) => open === false;

    beforeAll(async () => {
      const put = 'mkdir -p /run/systemd/system; cat >"$1.new"; chmod 755 "$1.new"; mv "$1.new" "$1"';
      for (const [program, input] of Object.entries(systemd))
        await network.inside(name, ['sh', '-c', put, 'sh', `/usr/bin/${program}`], { input });
    });

    test('undoes rules that lock us out by a timer of systemd, and loads proven ones at boot', async () => {
      const cut = rulesOf(name).replace(/^.*tcp dport 22 .*\n/gm, '');
      await expect(applyRuleset({ ...access, trialSeconds: 6 }, target(name), cut)).rejects.toThrow(/has undone them/);
      await applyRuleset(access, target(name), rulesOf(name));
      const log = (await network.inside(name, ['cat', '/run/systemd.log'])).stdout;
      expect(log).toMatch(/^systemd-run .*--on-active=6 .*\/undo [0-9a-f]{16}$/m);
      expect(log).toMatch(/^systemctl --quiet enable casemate-firewall\.service$/m);
      expect(log).toMatch(/^systemctl stop casemate-undo-[0-9a-f]{16}\.timer$/m);
    });

    test('as cloud-init makes it has the rules at once, and without a proof not for long', async () => {
      await restoreHost(access, target(name));
      expect(closed(await opens())).toBe(false);
      await firstBoot(4);
      expect(closed(await opens())).toBe(true);
      await until(opens, (open) => !closed(open));
      expect((await network.inside(name, ['ls', '/etc/nftables.d'])).stdout).toBe('');
    });

    test('as cloud-init makes it keeps rules that are proven in time, and loses them when they are taken away', async () => {
      await firstBoot(6);
      await applyRuleset(access, target(name), rulesOf(name));
      await until(
        async () => (await network.inside(name, ['cat', '/run/systemd.log'])).stdout,
        (log) => /^first boot ends$/m.test(log),
      );
      expect(await readHost(access, target(name), rulesOf(name))).toMatchObject({ asApplied: true });
      await restoreHost(access, target(name));
      expect((await network.run(name, ['nft', 'list', 'tables'])).stdout).toBe('');
    });

    /** Does what cloud-init does: it writes the files, and runs the commands. */
    async function firstBoot(trialSeconds: number) {
      const text = cloudInit({ ruleset: rulesOf(name), trialSeconds });
      const { write_files: files, runcmd } = JSON.parse(text.replace('#cloud-config\n', '')) as {
        write_files: { path: string; content: string; permissions: string }[];
        runcmd: string[];
      };
      await network.inside(name, ['sh', '-c', ': >/run/systemd.log']);
      for (const { path, content, permissions } of files)
        await network.inside(
          name,
          ['sh', '-c', 'mkdir -p "$(dirname "$2")" && cat >"$2" && chmod "$1" "$2"', 'sh', permissions, path],
          {
            input: content,
          },
        );
      for (const command of runcmd)
        expect(await network.inside(name, ['sh', '-c', command])).toMatchObject({ status: 0, stderr: '' });
    }
  });

  describe('examples/cluster-bare-metal, brought up by a real Pulumi engine', () => {
    test('applies the rules, shows what was opened by hand, closes it, and puts back what was there', async () => {
      await Promise.all(filtered.map((name) => restoreHost(access, target(name))));
      const tables = async () =>
        Promise.all(filtered.map(async (name) => (await network.run(name, ['nft', 'list', 'ruleset'])).stdout));
      const before = await tables();
      const config = {
        'cluster-bare-metal:cluster': { value: JSON.stringify(cluster) },
        'cluster-bare-metal:ssh': { value: JSON.stringify(access) },
      };
      const project = join(__dirname, '..', '..', 'examples', 'cluster-bare-metal');
      await withPulumi({ project }, { config }, async (engine) => {
        const resources = ['prod', ...filtered.map((name) => `prod-${name}`)].sort();
        expect((await engine.up()).operations).toEqual({ create: resources });
        expect(await Promise.all(filtered.map((name) => readHost(access, target(name), rulesOf(name))))).toEqual(
          filtered.map(() => expect.objectContaining({ asApplied: true })),
        );
        expect((await engine.drift()).operations.update).toBeUndefined();
        expect((await engine.preview()).operations).toEqual({ same: resources });

        await network.run('etcd-1', [
          'nft',
          'insert',
          'rule',
          'inet',
          'casemate',
          'judge',
          'tcp',
          'dport',
          '2379',
          'accept',
        ]);
        expect((await engine.refresh()).operations.update).toEqual(['prod-etcd-1']);
        expect((await engine.preview()).operations.update).toEqual(['prod-etcd-1']);
        await engine.up();
        expect(await readHost(access, target('etcd-1'), rulesOf('etcd-1'))).toMatchObject({ asApplied: true });

        const state = engine.kept();
        expect(state).toContain(keys.key('keeper'));
        const secret = readFileSync(keys.key('keeper'), 'utf8').split('\n')[3] as string;
        expect(state).not.toContain(secret);

        expect((await engine.destroy()).operations).toEqual({ delete: resources });
        expect(await engine.resources()).toEqual([]);
      });
      expect(await tables()).toEqual(before);
    });
  });
});

/** Writes down what is asked of it, runs timers, and starts the one service. */
const systemd = {
  'systemd-run': `#!/bin/sh
echo "systemd-run $*" >>/run/systemd.log
for option; do
	case $option in
	--on-active=*) seconds=\${option#*=} ;;
	--unit=casemate-first-boot) ends='first boot ends' ;;
	--*) ;;
	*) break ;;
	esac
	shift
done
setsid sh -c 'sleep "$1"; ends=$2; shift 2; "$@"; echo "$ends" >>/run/systemd.log' sh "\${seconds%s}" "\${ends:-timer ends}" "$@" </dev/null >/dev/null 2>&1 9>&- &
`,
  systemctl: `#!/bin/sh
echo "systemctl $*" >>/run/systemd.log
if [ "$*" = 'enable --now casemate-firewall.service' ]; then
	exec $(sed -n 's/^ExecStart=//p' /etc/systemd/system/casemate-firewall.service)
fi
`,
};

interface SshOptions {
  readonly from: string;
  readonly certificate: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly hostCa: string;
  readonly bastionUser: string;
  readonly input: string;
}

/** As `nft list table` prints it. */
const formerTable = `table inet casemate {
	chain mine {
		type filter hook input priority filter; policy accept;
		tcp dport 23 drop
	}
}
`;

function sshServer(network: Network, name: string) {
  const users = name === 'bastion' ? ['jump', 'ops'] : ['ops'];
  const common = { openssh: '9.2' };
  const sshd: SshdProps =
    name === 'bastion'
      ? {
          ...common,
          role: 'bastion',
          from: cluster.admins as string[],
          nodes: nodes.flatMap((node) => host(node).addresses),
          logins: [
            { user: 'jump', principals: ['admins', 'keepers'] },
            { user: 'ops', principals: ['keepers'], shell: true },
          ],
        }
      : {
          ...common,
          role: 'node',
          from: host('bastion').addresses,
          logins: [{ user: 'ops', principals: ['admins', 'keepers'] }],
        };
  const folder = join(network.folder, 'keys');
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const hostKey = join(folder, `host-${name}`);
  keygen(['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  execFileSync(
    'sh',
    ['-c', hostCertificateCommand({ caKey: join(folder, 'host_ca'), names: [name], publicKey: `${hostKey}.pub` })],
    {
      stdio: 'pipe',
    },
  );
  return {
    users,
    files: [
      ...sshdFiles({
        sshd,
        userCas: [read('user_ca.pub')],
        revoked: [read('revoked.pub')],
        logSocket: network.logSocket(name),
      }),
      { path: '/etc/ssh/ssh_host_ed25519_key', content: read(`host-${name}`), mode: '0600' },
      { path: '/etc/ssh/ssh_host_ed25519_key.pub', content: read(`host-${name}.pub`), mode: '0644' },
      { path: '/etc/ssh/ssh_host_ed25519_key-cert.pub', content: read(`host-${name}-cert.pub`), mode: '0644' },
    ],
  };
}

function keygen(args: readonly string[]): void {
  execFileSync('ssh-keygen', args, { stdio: 'pipe' });
}

/** The CAs, one person's key, and certificates for it by the command that people are given. */
function makeKeys(folder: string): Keys {
  mkdirSync(folder, { mode: 0o700 });
  const at = (name: string) => join(folder, name);
  for (const name of ['user_ca', 'host_ca', 'other_ca', 'person', 'revoked'])
    keygen(['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)]);
  const sign = (name: string, key: string, edit: (command: string) => string, props: object = {}) => {
    const command = userCertificateCommand({
      caKey: at('user_ca'),
      person: 'alice@example.com',
      principals: ['admins'],
      publicKey: at(`${key}.pub`),
      ...props,
    });
    execFileSync('sh', ['-c', edit(command)], { stdio: 'pipe' });
    execFileSync('mv', [at(`${key}-cert.pub`), at(`${name}.cert`)]);
  };
  const same = (command: string) => command;
  sign('alice', 'person', same);
  sign('keeper', 'person', same, { person: 'casemate@example.com', principals: ['keepers'] });
  sign('generous', 'person', (command) => command.replace(' -O clear', ''), { principals: ['keepers'] });
  sign('stranger', 'person', same, { principals: ['developers'] });
  sign('elsewhere', 'person', same, { from: ['192.0.2.0/24'] });
  sign('forged', 'person', same, { caKey: at('other_ca') });
  sign('expired', 'person', (command) => command.replace(/-V \S+/, '-V 20200101:20200102'));
  sign('revoked', 'revoked', same);
  return {
    key: (certificate) => at(certificate === 'revoked' ? 'revoked' : 'person'),
    certificate: (name) => at(`${name}.cert`),
    hostCa: readFileSync(at('host_ca.pub'), 'utf8'),
  };
}

/** Three members with mutual TLS for clients and peers; kubeadm makes the certificates. */
async function startEtcd(network: Network): Promise<void> {
  const pki = join(network.folder, 'pki');
  const members = ['etcd-1', 'etcd-2', 'etcd-3'].map(named);
  const config = join(network.folder, 'kubeadm.json');
  const sans = ['localhost', ...members.flatMap(({ name, ipv4, ipv6 }) => [name, ipv4, ipv6])];
  const documents = [
    {
      kind: 'InitConfiguration',
      nodeRegistration: { name: 'etcd-1' },
      localAPIEndpoint: { advertiseAddress: named('etcd-1').ipv4 },
    },
    {
      kind: 'ClusterConfiguration',
      kubernetesVersion: 'v1.37.1',
      certificatesDir: pki,
      etcd: { local: { serverCertSANs: sans, peerCertSANs: sans } },
    },
  ].map((document) => JSON.stringify({ apiVersion: 'kubeadm.k8s.io/v1beta4', ...document }));
  writeFileSync(config, documents.join('\n---\n'));
  for (const part of ['etcd-ca', 'etcd-server', 'etcd-peer', 'apiserver-etcd-client']) {
    const { status, stderr } = await network.run('etcd-1', [
      binaryOf('kubeadm'),
      'init',
      'phase',
      'certs',
      part,
      '--config',
      config,
    ]);
    if (status !== 0) throw new Error(`kubeadm ${part}: ${stderr}`);
  }
  const urls = ({ ipv4, ipv6 }: NetworkHost, port: number) => `https://${ipv4}:${port},https://[${ipv6}]:${port}`;
  const tls = (prefix: string, kind: string) => [
    `--${prefix}cert-file=${join(pki, 'etcd', `${kind}.crt`)}`,
    `--${prefix}key-file=${join(pki, 'etcd', `${kind}.key`)}`,
    `--${prefix}trusted-ca-file=${join(pki, 'etcd', 'ca.crt')}`,
    `--${prefix}client-cert-auth`,
  ];
  for (const member of members) {
    network.start(member.name, 'etcd', [
      binaryOf('etcd'),
      `--name=${member.name}`,
      `--data-dir=${join(network.folder, `${member.name}.data`)}`,
      `--listen-client-urls=${urls(member, 2379)}`,
      `--advertise-client-urls=https://${member.ipv4}:2379`,
      `--listen-peer-urls=${urls(member, 2380)}`,
      `--initial-advertise-peer-urls=https://${member.ipv4}:2380`,
      `--initial-cluster=${members.map(({ name, ipv4 }) => `${name}=https://${ipv4}:2380`).join(',')}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
      ...tls('', 'server'),
      ...tls('peer-', 'peer'),
    ]);
  }
}

/** Asks until the answer is the one waited for, for half a minute at most. */
async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain; the last answer was ${JSON.stringify(answer)}`);
    await sleep(200);
  }
}
