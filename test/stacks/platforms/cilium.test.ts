import { check, type Intent, tcp } from '../../../stacks/firewall';
import { toCidrs } from '../../../stacks/firewall/addresses';
import { cilium } from '../../../stacks/platforms/cilium';
import { readCilium } from '../readers/cilium';
import { agrees, cases } from './intents';

const peers: Intent = {
  groups: [{ name: 'etcd', kind: 'hosts', addresses: ['10.0.0.1'] }],
  flows: [{ from: 'etcd', to: 'etcd', ports: [tcp(2380)], reason: 'peers' }],
  required: [],
  guarded: [],
};

test('what the host policies let in is what the intent allows', () => {
  agrees(cases({ protocols: ['tcp', 'udp', 'sctp', 'icmp'], apart: true }), (intent, world) => {
    const pods = intent.groups.find(({ name }) => name === 'pods')?.addresses ?? [];
    return readCilium(cilium(intent).resources, world, toCidrs(pods));
  });
});

test('nodes are labelled before a policy selects them', () => {
  const named: Intent = {
    ...peers,
    groups: [{ name: 'etcd', kind: 'hosts', addresses: [], hosts: [{ name: 'n1', addresses: ['10.0.0.1'] }] }],
  };
  const [label, policy] = cilium(check(named)).resources;
  expect(label).toMatchObject({
    type: 'kubernetes:core/v1:NodePatch',
    inputs: { metadata: { name: 'n1', labels: { 'casemate/etcd': 'true' } } },
  });
  expect(policy?.after).toEqual([label?.name]);
});

test('a label that Cilium drops from identities is refused, because its policy would match nothing', () => {
  for (const prefix of ['kubernetes.io', 'node.kubernetes.io', 'x.k8s.io'])
    expect(() => cilium(check(peers), { prefix })).toThrow(`Cilium keeps no labels of "${prefix}"`);
});

test('a joining node, which Cilium does not know yet, is let in by its address', () => {
  const policy = cilium(check(peers)).resources[0];
  expect(policy?.inputs.spec).toMatchObject({ ingress: [{ fromCIDR: ['10.0.0.1/32'] }] });
});

test('without enforcement nothing is denied yet', () => {
  const world = { hosts: [{ name: 'n1', addresses: ['10.0.0.1'], groups: ['etcd'] }] };
  const packet = { src: '192.0.2.1', dst: '10.0.0.1', protocol: 'tcp', port: 22 } as const;
  expect(readCilium(cilium(check(peers)).resources, world, [])(packet)).toBe(false);
  expect(readCilium(cilium(check(peers), { enforce: false }).resources, world, [])(packet)).toBe(true);
});
