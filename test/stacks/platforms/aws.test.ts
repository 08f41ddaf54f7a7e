import { check, type Intent, tcp } from '../../../stacks/firewall';
import { aws } from '../../../stacks/platforms/aws';
import { readAws } from '../readers/aws';
import { agrees, cases } from './intents';

const options = { vpcId: 'vpc-1', rulesPerGroup: 1000 };

function open(addresses: string[], ports = [tcp(443)]): Intent {
  return {
    groups: [
      { name: 'web', kind: 'hosts', addresses: [] },
      { name: 'users', kind: 'networks', addresses },
    ],
    flows: [{ from: 'users', to: 'web', ports, reason: 'the shop' }],
    required: [],
    guarded: [],
  };
}

test('what the security groups let in is what the intent allows', () => {
  agrees(cases({ protocols: ['tcp', 'udp', 'icmp', 'ipip', 'esp'] }), (intent, world) =>
    readAws(aws(intent, options).resources, world),
  );
});

test('groups of hosts need no addresses, because rules refer to groups', () => {
  const intent = check(
    {
      groups: [{ name: 'etcd', kind: 'hosts', addresses: [] }],
      flows: [{ from: 'etcd', to: 'etcd', ports: [tcp(2380)], reason: 'peers' }],
      required: [],
      guarded: [],
    },
    { byReference: true },
  );
  expect(aws(intent, { vpcId: 'vpc-1' }).resources[1]).toEqual({
    type: 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
    name: 'etcd-from-etcd-tcp-2380',
    inputs: {
      securityGroupId: { resource: 'etcd', output: 'id' },
      referencedSecurityGroupId: { resource: 'etcd', output: 'id' },
      ipProtocol: 'tcp',
      fromPort: 2380,
      toPort: 2380,
      description: 'peers',
    },
  });
});

test('names of resources hold nothing that ends a part of a URN', () => {
  const plan = aws(check(open(['2001:db8::/32', '192.0.2.0/24']), { byReference: true }), options);
  expect(plan.resources.filter(({ type }) => type.includes('Ingress')).map(({ name }) => name)).toEqual([
    'web-tcp-443-192.0.2.0-24',
    'web-tcp-443-2001-db8---32',
  ]);
});

test('a group of outsiders may be a security group that exists', () => {
  const plan = aws(check(open([]), { byReference: true }), { ...options, existing: { users: 'sg-1' } });
  expect(plan.resources[1]?.inputs).toMatchObject({ referencedSecurityGroupId: 'sg-1' });
});

test('outsiders without addresses are refused, not left out', () => {
  expect(() => aws(check(open([]), { byReference: true }), options)).toThrow('group "users" has no addresses');
});

test('more rules than the quota are refused, counted for each IP version', () => {
  const networks = Array.from({ length: 60 }, (_, index) => `198.51.${index}.0/24`).filter(
    (_, index) => index % 2 === 0,
  );
  const many = check(open(networks, [tcp(80), tcp(443), tcp(8443)]), { byReference: true });
  expect(() => aws(many, { vpcId: 'vpc-1' })).toThrow('"web" needs 90 ingress rules and the quota is 60');
  expect(() => aws(many, { vpcId: 'vpc-1', rulesPerGroup: 90 })).not.toThrow();
});

test('SCTP is refused, because security groups would open all of its ports', () => {
  const intent = check(open(['192.0.2.0/24'], [{ protocol: 'sctp', from: 80 }]), { byReference: true });
  expect(() => aws(intent, options)).toThrow(/cannot filter sctp/);
});

test('every host may begin connections over IPv4 and IPv6', () => {
  const egress = aws(check(open(['192.0.2.0/24']), { byReference: true }), options).resources.filter(({ type }) =>
    type.includes('Egress'),
  );
  expect(egress.map(({ inputs }) => inputs.cidrIpv4 ?? inputs.cidrIpv6)).toEqual(['0.0.0.0/0', '::/0']);
});
