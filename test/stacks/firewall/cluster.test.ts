import fc from 'fast-check';
import {
  allows,
  bastionIntent,
  type ClusterIntentProps,
  type Cni,
  check,
  clusterIntent,
  etcdIntent,
  formatPorts,
  problemsOf,
  tcp,
} from '../../../stacks/firewall';

const external: ClusterIntentProps = {
  apiServers: [
    { name: 'cp-1', addresses: ['10.0.0.1', 'fd00::1'] },
    { name: 'cp-2', addresses: ['10.0.0.2', 'fd00::2'] },
  ],
  etcd: [{ name: 'etcd-1', addresses: ['10.0.2.1', 'fd00::2:1'] }],
  workers: [{ name: 'worker-1', addresses: ['10.0.1.1', 'fd00::1:1'] }],
  bastion: [{ name: 'bastion', addresses: ['10.0.9.1', 'fd00::9:1'] }],
  admins: ['198.51.100.0/24', '2001:db8:a::/48'],
  cni: 'cilium',
};

const cnis: Cni[] = [
  { name: 'calico' },
  { name: 'calico', mode: 'bgp', typha: false },
  { name: 'calico', mode: 'vxlan', wireguard: true },
  { name: 'cilium' },
  { name: 'cilium', mode: 'geneve', encryption: 'wireguard', hubble: true },
  { name: 'cilium', mode: 'native', encryption: 'ipsec' },
  { name: 'flannel' },
  { name: 'flannel', mode: 'host-gw' },
  { name: 'flannel', mode: 'udp' },
  { name: 'flannel', mode: 'wireguard' },
  { name: 'other' },
];

/** `from > to: tcp 22`, for every row between two groups. */
function rows(props: ClusterIntentProps): string[] {
  return clusterIntent(props).flows.flatMap(({ from, to, ports }) =>
    ports.map((range) => `${from} > ${to}: ${formatPorts(range)}`),
  );
}

test('a cluster with etcd of its own opens these flows and no other', () => {
  expect(rows(external).sort()).toEqual([
    'admins > bastion: tcp 22',
    'api-clients > api-servers: tcp 6443',
    'api-servers > etcd: tcp 2379',
    'api-servers > nodes: tcp 10250',
    'bastion > etcd: tcp 22',
    'bastion > nodes: tcp 22',
    'etcd > etcd: tcp 2380',
    'nodes > api-servers: tcp 6443',
    'nodes > nodes: icmp',
    'nodes > nodes: tcp 4240',
    'nodes > nodes: udp 8472',
  ]);
});

test.each([
  [{ name: 'calico' }, ['ipip', 'tcp 179', 'tcp 5473']],
  [{ name: 'calico', mode: 'bgp', typha: false }, ['tcp 179']],
  [{ name: 'calico', mode: 'vxlan', wireguard: true }, ['tcp 5473', 'udp 4789', 'udp 51820-51821']],
  [
    { name: 'cilium', mode: 'geneve', encryption: 'wireguard', hubble: true },
    ['icmp', 'tcp 4240', 'tcp 4244', 'udp 51871', 'udp 6081'],
  ],
  [{ name: 'cilium', mode: 'native', encryption: 'ipsec' }, ['esp', 'icmp', 'tcp 4240']],
  [{ name: 'flannel' }, ['udp 8472']],
  [{ name: 'flannel', mode: 'host-gw' }, []],
  [{ name: 'flannel', mode: 'udp' }, ['udp 8285']],
  [{ name: 'flannel', mode: 'wireguard' }, ['udp 51820-51821']],
  [{ name: 'other' }, []],
] as [Cni, string[]][])('%j opens %j between nodes', (cni, ports) => {
  const prefix = 'nodes > nodes: ';
  const found = rows({ ...external, cni }).filter((row) => row.startsWith(prefix));
  expect(found.map((row) => row.slice(prefix.length)).sort()).toEqual(ports);
});

test('every row has a reason and names the page it comes from', () => {
  for (const cni of cnis) {
    for (const { reason, source } of clusterIntent({ ...external, cni, pods: ['10.244.0.0/16'], metricsServer: 'pods' })
      .flows) {
      expect(reason).toMatch(/^[A-Za-z].*\.$/);
      expect(source).toMatch(/^https:\/\//);
    }
  }
});

test('etcd is reached by API servers, its peers and the bastion, and by nobody else', () => {
  const intent = check(clusterIntent(external));
  const reach = (src: string, port: number) => allows(intent, { src, dst: '10.0.2.1', protocol: 'tcp', port });
  expect(reach('10.0.0.1', 2379)).toBe(true);
  expect(reach('10.0.2.1', 2380)).toBe(true);
  expect(reach('10.0.0.1', 2380)).toBe(false);
  for (const src of ['10.0.1.1', '10.0.9.1', '198.51.100.7']) expect(reach(src, 2379)).toBe(false);
  expect(reach('10.0.9.1', 22)).toBe(true);
  expect(reach('10.0.0.1', 22)).toBe(false);
});

test('scheduler, controller-manager, the read-only kubelet and node ports are closed to all', () => {
  const intent = check(clusterIntent({ ...external, pods: ['10.244.0.0/16'], metricsServer: 'nodes' }));
  const sources = intent.groups.flatMap(({ addresses }) => addresses);
  expect(sources.length).toBeGreaterThan(5);
  for (const { to, ports, protocol } of intent.rules)
    for (const closed of [10257, 10259, 10249, 10255, 30000, 32767])
      expect([to.name, protocol, ports !== undefined && ports.from <= closed && closed <= ports.to]).toEqual([
        to.name,
        protocol,
        false,
      ]);
});

test('stacked etcd needs no group of its own: the API servers are its hosts', () => {
  const { etcd, ...stacked } = external;
  expect(etcd).toHaveLength(1);
  const intent = check(clusterIntent(stacked));
  expect(intent.hosts.find(({ name }) => name === 'cp-1')?.roles).toEqual(['api-servers', 'etcd', 'nodes']);
});

test('one host may be the whole cluster', () => {
  const all = [{ name: 'one', addresses: ['10.0.0.1'] }];
  expect(check(clusterIntent({ apiServers: all, workers: all, cni: 'flannel' })).hosts[0]?.roles).toEqual([
    'api-servers',
    'etcd',
    'nodes',
    'workers',
  ]);
});

test('without a bastion port 22 is open nowhere, and that is no lock-out', () => {
  const { bastion, ...off } = external;
  expect(bastion).toHaveLength(1);
  expect(rows(off).filter((row) => row.endsWith('tcp 22'))).toEqual([]);
  expect(problemsOf(clusterIntent(off))).toEqual([]);
});

test('a bastion that nobody may enter is a lock-out', () => {
  const { admins, ...nobody } = external;
  expect(admins).toHaveLength(2);
  expect(problemsOf(clusterIntent(nobody)).map(({ code, where }) => `${code} ${where}`)).toEqual([
    'cut-off admins to bastion, tcp 22',
  ]);
});

test.each<[Partial<ClusterIntentProps>, string]>([
  [{ metricsServer: 'pods' }, 'there is no group "pods"'],
  [{ nodePorts: [{ ports: [tcp(30080)], reason: 'The shop.' }] }, 'there is no group "load-balancer"'],
  [{ workers: [] }, 'it has no addresses'],
  [{ bastion: [] }, 'it has no addresses'],
])('what is asked for and cannot be is not left out in silence: %j', (change, why) => {
  expect(problemsOf(clusterIntent({ ...external, ...change })).map(({ message }) => message)).toContainEqual(
    expect.stringContaining(why),
  );
});

test('a bastion that is a node is refused', () => {
  const inside = { ...external, bastion: [{ name: 'worker-1', addresses: ['10.0.1.1', 'fd00::1:1'] }] };
  expect(problemsOf(clusterIntent(inside)).map(({ code, where }) => `${code} ${where}`)).toContain(
    'overlap groups "nodes" and "bastion"',
  );
});

test.each([
  ['the API server', { apiClients: ['0.0.0.0/0'] }],
  ['SSH', { admins: ['0.0.0.0/1', '128.0.0.0/1'], apiClients: ['198.51.100.0/24'] }],
])('%s open to everyone is refused', (service, change) => {
  const problems = problemsOf(clusterIntent({ ...external, ...change }));
  expect(problems.map(({ code }) => code)).toEqual(['open-to-everyone']);
  expect(problems[0]?.message).toContain(service);
});

test.each([
  ['nodes', 22, 'SSH'],
  ['nodes', 10250, 'the kubelet'],
  ['nodes', 10255, 'the kubelet'],
  ['etcd', 2379, 'etcd'],
  ['etcd', 2380, 'etcd'],
  ['workers', 6443, 'the API server'],
])('a flow of your own may not open %s port %d to everyone', (to, port, service) => {
  const props: ClusterIntentProps = {
    ...external,
    groups: [{ name: 'everyone', kind: 'networks', addresses: ['::/0'] }],
    flows: [{ from: 'everyone', to, ports: [tcp(port)], reason: 'because' }],
  };
  expect(problemsOf(clusterIntent(props)).map(({ message }) => message)).toEqual([
    expect.stringContaining(`${service} (tcp ${port}) is open to`),
  ]);
  const exempt = { to, port, reason: 'a honeypot', until: '2026-12-01' };
  expect(problemsOf(clusterIntent({ ...props, exemptions: [exempt] }), { day: '2026-11-30' })).toEqual([]);
});

test('clients reach the API through the load balancer, and past it only where it keeps their address', () => {
  const hosts = { hosts: [{ name: 'lb', addresses: ['10.0.8.1'] }] };
  expect(
    rows({ ...external, loadBalancer: hosts })
      .filter((row) => row.endsWith('tcp 6443'))
      .sort(),
  ).toEqual([
    'api-clients > load-balancer: tcp 6443',
    'load-balancer > api-servers: tcp 6443',
    'nodes > api-servers: tcp 6443',
    'nodes > load-balancer: tcp 6443',
  ]);
  const cloud = { networks: ['35.191.0.0/16'], keepsClientAddress: true };
  expect(
    rows({ ...external, loadBalancer: cloud })
      .filter((row) => row.endsWith('tcp 6443'))
      .sort(),
  ).toEqual([
    'api-clients > api-servers: tcp 6443',
    'load-balancers > api-servers: tcp 6443',
    'nodes > api-servers: tcp 6443',
  ]);
});

test('a node port is opened to whom it is for, with the health check of the balancer', () => {
  const nodePorts = [{ ports: [tcp(30080)], reason: 'The shop.' }];
  const found = rows({ ...external, nodePorts, loadBalancer: { networks: ['35.191.0.0/16'] } });
  expect(found).toContain('load-balancers > nodes: tcp 30080');
  expect(found).toContain('load-balancers > nodes: tcp 10256');
  expect(rows({ ...external, nodePorts: [{ ...nodePorts[0]!, from: ['0.0.0.0/0'] }] })).toContain(
    'node-port-clients-1 > nodes: tcp 30080',
  );
});

test('other ports of SSH and the API are opened and guarded instead', () => {
  const found = rows({ ...external, sshPort: 2222, apiServerPort: 443 });
  expect(found).toContain('admins > bastion: tcp 2222');
  expect(found).toContain('nodes > api-servers: tcp 443');
  const open = clusterIntent({ ...external, sshPort: 2222, admins: ['0.0.0.0/0'], apiClients: ['192.0.2.0/24'] });
  expect(problemsOf(open)[0]?.message).toContain('SSH (tcp 2222)');
});

describe('the preflight', () => {
  const full: ClusterIntentProps = {
    ...external,
    pods: ['10.244.0.0/16'],
    loadBalancer: { hosts: [{ name: 'lb', addresses: ['10.0.8.1'] }] },
  };

  test('is silent about the whole table, for every CNI', () => {
    for (const cni of cnis) expect(problemsOf(clusterIntent({ ...full, cni }))).toEqual([]);
  });

  test('names every required flow that is taken away, and nothing else', () => {
    for (const cni of cnis) {
      const intent = clusterIntent({ ...full, cni });
      expect(intent.required.length).toBeGreaterThan(8);
      for (const flow of intent.flows) {
        const same = ({ from, to, ports }: { from: string; to: string; ports: readonly object[] }) =>
          JSON.stringify([from, to, ports]) === JSON.stringify([flow.from, flow.to, flow.ports]);
        const problems = problemsOf({ ...intent, flows: intent.flows.filter((other) => !same(other)) });
        const required = intent.required.find(same);
        expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual(
          required === undefined ? [] : [`cut-off ${flow.from} to ${flow.to}, ${formatPorts(flow.ports[0]!)}`],
        );
        if (required !== undefined) expect(problems[0]?.message).toContain(`Without it: ${required.breaks}`);
      }
    }
  });

  test('sees what several narrower flows allow together', () => {
    const intent = clusterIntent(external);
    const flows = intent.flows.filter(({ from, to }) => !(from === 'nodes' && to === 'api-servers'));
    const replaced = (...from: string[]) =>
      problemsOf({
        ...intent,
        flows: [...flows, ...from.map((name) => ({ from: name, to: 'api-servers', ports: [tcp(6443)], reason: 'r' }))],
      });
    expect(replaced('api-servers', 'workers')).toEqual([]);
    expect(replaced('workers').map(({ where }) => where)).toEqual(['nodes to api-servers, tcp 6443']);
  });

  test('sees a range that misses one port', () => {
    const etcd = { from: 'etcd', to: 'etcd', ports: [tcp(2380)] };
    const intent = etcdIntent({ members: ['10.0.0.1'], clients: ['10.0.1.1'] });
    const flows = (...ports: ReturnType<typeof tcp>[]) => [intent.flows[0]!, { ...etcd, ports, reason: 'r' }];
    const required = [{ ...etcd, ports: [tcp(2380, 2390)], breaks: 'it' }];
    expect(problemsOf({ ...intent, required, flows: flows(tcp(2380, 2384), tcp(2385, 2390)) })).toEqual([]);
    expect(problemsOf({ ...intent, required, flows: flows(tcp(2380, 2384), tcp(2386, 2390)) })).toHaveLength(1);
  });

  test('works where hosts are known by reference', () => {
    const intent = clusterIntent({ ...external, apiServers: [], etcd: [], workers: [], bastion: [] });
    expect(intent.groups.map(({ name }) => name)).toContain('bastion');
    expect(problemsOf(intent, { byReference: true })).toEqual([]);
    expect(problemsOf({ ...intent, flows: [] }, { byReference: true })).toHaveLength(intent.required.length);
  });
});

test('etcd on hosts of its own is reached by API servers and peers alone', () => {
  const intent = check(
    etcdIntent({
      members: ['10.0.2.1', '10.0.2.2'],
      clients: ['10.0.0.1'],
      bastion: ['10.0.9.1'],
      monitoring: ['10.0.5.0/24'],
    }),
  );
  expect(intent.rules.map(({ from, to, ports }) => `${from.name} > ${to.name}: ${ports?.from}`)).toEqual([
    'api-servers > etcd: 2379',
    'bastion > etcd: 22',
    'etcd > etcd: 2380',
    'monitoring > etcd: 2381',
  ]);
  expect(problemsOf(etcdIntent({ members: ['10.0.2.1'], clients: ['0.0.0.0/0'] }))[0]?.message).toContain(
    'etcd (tcp 2379)',
  );
  expect(problemsOf(etcdIntent({ members: ['10.0.2.1'], clients: ['10.0.2.1'] }))[0]?.code).toBe('overlap');
});

test('a bastion is reached by its admins alone', () => {
  const intent = check(bastionIntent({ bastion: ['10.0.9.1'], admins: ['198.51.100.0/24'] }));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 65535 }),
      fc.constantFrom('198.51.100.255', '198.51.101.0', '10.0.9.2'),
      (port, src) => {
        const expected = port === 22 && src === '198.51.100.255';
        expect(allows(intent, { src, dst: '10.0.9.1', protocol: 'tcp', port })).toBe(expected);
      },
    ),
  );
  expect(problemsOf(bastionIntent({ bastion: ['10.0.9.1'], admins: ['::/0'] }))[0]?.code).toBe('open-to-everyone');
});
