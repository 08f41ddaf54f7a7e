import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { type Cni, check, clusterIntent, tcp } from '../../stacks/firewall';
import { nftables, ruleset } from '../../stacks/platforms/nftables';
import { cases } from '../stacks/platforms/intents';

const found = spawnSync('nft', ['--version'], { encoding: 'utf8' });
const reason =
  process.platform !== 'linux'
    ? 'nftables is there on Linux alone'
    : process.getuid?.() !== 0
      ? 'the kernel takes rule sets from root alone'
      : found.status !== 0
        ? 'nft is not on PATH (package nftables)'
        : undefined;

/** What nft says to a rule set that the kernel checks and does not take; nothing when it is sound. */
function refusal(text: string): string {
  return spawnSync('nft', ['--check', '--file', '-'], { input: text, encoding: 'utf8' }).stderr;
}

function listen(namespace: string, port: number): { process: ChildProcess; ready: Promise<unknown> } {
  const script = `require('node:net').createServer((socket) => socket.end()).listen(${port}, '::', () => console.log('ready'))`;
  const server = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { process: server, ready: once(server.stdout, 'data') };
}

function connects(namespace: string, localAddress: string, host: string, port: number): boolean {
  const script = `
    const socket = require('node:net').connect(${JSON.stringify({ localAddress, host, port })}, () => process.exit(0));
    socket.on('error', () => process.exit(1));
    setTimeout(() => process.exit(1), 1500);`;
  return spawnSync('ip', ['netns', 'exec', namespace, process.execPath, '-e', script]).status === 0;
}

describe('the rule sets, in the real nft', () => {
  if (reason !== undefined) {
    test.skip(`is skipped: ${reason}`, () => {});
    return;
  }

  test('are sound for generated intents', () => {
    fc.assert(
      fc.property(cases(), ({ intent }) => {
        for (const { inputs } of nftables(intent).resources) expect(refusal(String(inputs.ruleset))).toBe('');
      }),
      { numRuns: 40 },
    );
  });

  test('are sound for a cluster with every CNI, dual stack, with open node ports', () => {
    const cnis: Cni['name'][] = ['calico', 'cilium', 'flannel', 'other'];
    for (const cni of cnis) {
      const intent = check(
        clusterIntent({
          apiServers: [{ name: 'cp-1', addresses: ['10.0.0.1', 'fd00::1'] }],
          workers: ['10.0.1.0/24', 'fd00:1::/64'],
          bastion: [{ name: 'bastion', addresses: ['10.0.9.1', 'fd00::9'] }],
          admins: ['198.51.100.0/24', '2001:db8::/48'],
          pods: ['10.244.0.0/16', 'fd00:244::/56'],
          nodePorts: [{ ports: [tcp(30080, 30090)], from: ['0.0.0.0/0', '::/0'], reason: 'The shop.' }],
          cni,
        }),
      );
      for (const roles of [['nodes', 'workers'], ['api-servers', 'etcd', 'nodes'], ['bastion'], []])
        expect(refusal(ruleset(intent, roles))).toBe('');
    }
  });

  test('replace what they wrote before and leave other tables alone', () => {
    const inside = (...command: string[]) =>
      execFileSync('ip', ['netns', 'exec', 'casemate-nft', ...command], { encoding: 'utf8' });
    const text = ruleset(
      check({
        groups: [{ name: 'web', kind: 'hosts', addresses: ['10.0.0.1'] }],
        flows: [{ from: 'web', to: 'web', ports: [tcp(443)], reason: 'the shop' }],
        required: [],
        guarded: [],
      }),
      ['web'],
    );
    execFileSync('ip', ['netns', 'add', 'casemate-nft']);
    try {
      inside('nft', 'add table inet kube-proxy; add chain inet kube-proxy services');
      for (let times = 0; times < 2; times++)
        execFileSync('ip', ['netns', 'exec', 'casemate-nft', 'nft', '--file', '-'], { input: text });
      const after = inside('nft', 'list', 'ruleset');
      expect(after).toContain('table inet kube-proxy');
      expect(after.match(/table inet casemate/g)).toHaveLength(1);
      expect(after.match(/dport 443/g)).toHaveLength(1);
    } finally {
      execFileSync('ip', ['netns', 'delete', 'casemate-nft']);
    }
  });

  describe('around a host that translates node ports, as kube-proxy does', () => {
    const [client, host, pod] = ['casemate-client', 'casemate-host', 'casemate-pod'];
    const servers: ChildProcess[] = [];
    const run = (command: string) => execFileSync('sh', ['-ec', command]);

    beforeAll(async () => {
      run(`
        for name in ${client} ${host} ${pod}; do ip netns add $name; ip -n $name link set lo up; done
        ip link add eth0 netns ${client} type veth peer name eth0 netns ${host}
        ip link add eth0 netns ${pod} type veth peer name pod0 netns ${host}
        ip -n ${client} addr add 203.0.113.2/24 dev eth0
        ip -n ${client} addr add 203.0.113.3/24 dev eth0
        ip -n ${client} addr add 2001:db8::2/64 dev eth0 nodad
        ip -n ${host} addr add 203.0.113.1/24 dev eth0
        ip -n ${host} addr add 2001:db8::1/64 dev eth0 nodad
        ip -n ${host} addr add 10.244.0.1/24 dev pod0
        ip -n ${pod} addr add 10.244.0.2/24 dev eth0
        for name in ${client} ${pod}; do ip -n $name link set eth0 up; done
        ip -n ${host} link set eth0 up; ip -n ${host} link set pod0 up
        ip -n ${client} route add 10.244.0.0/24 via 203.0.113.1
        ip -n ${pod} route add default via 10.244.0.1
        ip netns exec ${host} sysctl -qw net.ipv4.ip_forward=1
        ip netns exec ${host} nft -f - <<'RULES'
          table ip kube-proxy {
            chain services {
              type nat hook prerouting priority dstnat
              tcp dport { 30080, 30081 } dnat to 10.244.0.2:8080
              tcp dport 30082 dnat to 203.0.113.1:8081
            }
          }
RULES
      `);
      const intent = check({
        groups: [
          {
            name: 'nodes',
            kind: 'hosts',
            addresses: [],
            hosts: [{ name: 'n1', addresses: ['203.0.113.1', '2001:db8::1'] }],
          },
          { name: 'office', kind: 'networks', addresses: ['203.0.113.2', '2001:db8::2'] },
        ],
        flows: [{ from: 'office', to: 'nodes', ports: [tcp(22), tcp(30080), tcp(30082)], reason: 'the shop' }],
        required: [],
        guarded: [],
      });
      const [resource] = nftables(intent).resources;
      execFileSync('ip', ['netns', 'exec', host, 'nft', '-f', '-'], { input: String(resource?.inputs.ruleset) });
      await Promise.all(
        [listen(host, 22), listen(host, 8081), listen(pod, 8080)].map(async (server) => {
          servers.push(server.process);
          await server.ready;
        }),
      );
    });

    afterAll(() => {
      for (const server of servers) server.kill();
      for (const name of [client, host, pod]) spawnSync('ip', ['netns', 'delete', name]);
    });

    test.each([
      ['203.0.113.2', '203.0.113.1', 22, true, 'a port that is open'],
      ['2001:db8::2', '2001:db8::1', 22, true, 'the same by IPv6, where neighbours must be found first'],
      ['203.0.113.3', '203.0.113.1', 22, false, 'the same from elsewhere'],
      ['203.0.113.2', '203.0.113.1', 30080, true, 'an open node port of a pod'],
      ['203.0.113.3', '203.0.113.1', 30080, false, 'the same from elsewhere'],
      ['203.0.113.2', '203.0.113.1', 30081, false, 'a closed node port of the same pod'],
      ['203.0.113.2', '203.0.113.1', 30082, true, "an open node port of a pod in the host's network"],
      ['203.0.113.2', '203.0.113.1', 8081, false, 'the port behind it'],
      ['203.0.113.3', '10.244.0.2', 8080, true, 'a pod by its own address, which is for the CNI to judge'],
    ])('from %s to %s port %d is open: %p (%s)', (from, to, port, open) => {
      expect(connects(client, from, to, port)).toBe(open);
    });
  });

  test('a rule set with a mistake is refused by the same check', () => {
    expect(refusal('table inet casemate { chain input { tcp dport 99999 accept } }')).not.toBe('');
  });
});
