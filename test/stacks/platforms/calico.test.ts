import { check, type Intent, tcp } from '../../../stacks/firewall';
import { calico } from '../../../stacks/platforms/calico';
import { readCalico } from '../readers/calico';
import { agrees, cases } from './intents';

const etcd: Intent = {
  groups: [
    { name: 'etcd', kind: 'hosts', addresses: [], hosts: [{ name: 'n1', addresses: ['10.0.0.1'] }] },
    { name: 'bastion', kind: 'networks', addresses: ['10.0.9.1'] },
  ],
  flows: [
    { from: 'etcd', to: 'etcd', ports: [tcp(2379, 2380)], reason: 'peers' },
    { from: 'bastion', to: 'etcd', ports: [tcp(22)], reason: 'repair' },
  ],
  required: [],
  guarded: [],
};

test('what host endpoints and policies let in is what the intent allows', () => {
  agrees(cases(), (intent) => readCalico(calico(intent).resources));
});

test('a node port that no flow opens is closed before it is translated to a pod', () => {
  const reaches = readCalico(
    calico(
      check({ ...etcd, flows: [...etcd.flows, { from: 'bastion', to: 'etcd', ports: [tcp(30080)], reason: 'shop' }] }),
    ).resources,
  );
  const packet = { src: '10.0.9.1', dst: '10.0.0.1', protocol: 'tcp' } as const;
  expect(reaches({ ...packet, port: 30080 }, { toPod: true })).toBe(true);
  expect(reaches({ ...packet, port: 30081 }, { toPod: true })).toBe(false);
  expect(reaches({ ...packet, src: '10.0.9.2', port: 30080 }, { toPod: true })).toBe(false);
});

test('a pod may listen on a port of that range by its own address', () => {
  const reaches = readCalico(calico(check(etcd)).resources);
  const packet = { src: '192.0.2.1', dst: '10.244.0.7', protocol: 'tcp', port: 30081 } as const;
  expect(reaches(packet, { toPod: true, routedBy: '10.0.0.1' })).toBe(true);
  expect(reaches({ ...packet, dst: '10.0.0.1' }, { toPod: true })).toBe(false);
});

test('the fail-safe ports of Calico would leave etcd open; narrowed, only SSH from the bastion is left', () => {
  const resources = calico(check(etcd)).resources;
  const packet = { src: '192.0.2.1', dst: '10.0.0.1', protocol: 'tcp', port: 2379 } as const;
  expect(readCalico(resources.filter(({ name }) => name !== 'failsafe'))(packet)).toBe(true);
  expect(readCalico(resources)(packet)).toBe(false);
  expect(resources.at(-1)?.inputs.spec).toEqual({
    failsafeInboundHostPorts: [
      { protocol: 'udp', port: 68 },
      { protocol: 'tcp', port: 22, net: '10.0.9.1/32' },
    ],
  });
});

test('SSH that is for some of the hosts is no fail-safe port of all', () => {
  const other: Intent = {
    ...etcd,
    groups: [
      ...etcd.groups,
      { name: 'workers', kind: 'hosts', addresses: [], hosts: [{ name: 'n2', addresses: ['10.0.0.2'] }] },
    ],
  };
  expect(calico(check(other)).resources.at(-1)?.inputs.spec).toEqual({
    failsafeInboundHostPorts: [{ protocol: 'udp', port: 68 }],
  });
});

test('policies come before the endpoints they select, and the fail-safe ports are narrowed last', () => {
  const resources = calico(check(etcd)).resources;
  const before = new Map(resources.map(({ name, after = [] }) => [name, after]));
  expect(before.get('host-n1')).toEqual(['etcd', 'node-ports-closed']);
  expect(before.get('failsafe')).toEqual(['host-n1']);
  expect(resources.map(({ name }) => name).slice(-2)).toEqual(['host-n1', 'failsafe']);
});

test('hosts may begin connections: an endpoint without a rule for egress would not', () => {
  for (const { inputs } of calico(check(etcd)).resources.filter(({ name }) => name === 'etcd'))
    expect(inputs.spec).toMatchObject({ types: ['Ingress', 'Egress'], egress: [{ action: 'Allow' }] });
});

test('hosts must be known by name', () => {
  const intent = check({ ...etcd, groups: [{ name: 'etcd', kind: 'hosts', addresses: ['10.0.0.1'] }], flows: [] });
  expect(() => calico(intent)).toThrow(/name the hosts/);
});

test('a prefix that begins no label is refused', () => {
  for (const prefix of ['', 'Prod', 'a/b', 'a b', 'x'.repeat(64)])
    expect(() => calico(check(etcd), { prefix })).toThrow(`prefix ${JSON.stringify(prefix)} begins no label`);
});
