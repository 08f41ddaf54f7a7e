import { check, type Intent, tcp } from '../../../stacks/firewall';
import { hcloud } from '../../../stacks/platforms/hcloud';
import { readHcloud } from '../readers/hcloud';
import { agrees, cases } from './intents';

function open(host: string, addresses: string[], ports = [tcp(443)]): Intent {
  return {
    groups: [
      { name: 'web', kind: 'hosts', addresses: [host] },
      { name: 'users', kind: 'networks', addresses },
    ],
    flows: [{ from: 'users', to: 'web', ports, reason: 'the shop' }],
    required: [],
    guarded: [],
  };
}

test('what the firewalls let in is what the intent allows', () => {
  agrees(cases({ protocols: ['tcp', 'udp', 'icmp', 'esp'] }), (intent, world) =>
    readHcloud(hcloud(intent).resources, world),
  );
});

test('private addresses are refused, because Hetzner does not filter its private networks', () => {
  const intent = check(open('10.0.0.1', ['192.0.2.0/24']));
  expect(() => hcloud(intent)).toThrow('group "web" has private addresses (10.0.0.1)');
  expect(() => hcloud(intent, { privateNetwork: 'nftables' })).not.toThrow();
});

test('sources on the private network make no rule, because they never arrive from the internet', () => {
  const plan = hcloud(check(open('203.0.113.1', ['10.1.0.0/16', '192.0.2.0/24'])));
  expect(plan.resources[0]?.inputs.rules).toMatchObject([{ sourceIps: ['192.0.2.0/24'] }]);
});

test('a rule takes 100 networks, a firewall 50 rules and 500 sources', () => {
  const networks = Array.from({ length: 250 }, (_, index) => `198.51.${index}.0/25`);
  const plan = hcloud(check(open('203.0.113.1', networks)));
  const rules = plan.resources[0]?.inputs.rules as readonly { sourceIps: readonly string[] }[] | undefined;
  expect(rules?.map(({ sourceIps }) => sourceIps.length)).toEqual([100, 100, 50]);
  expect(() => hcloud(check(open('203.0.113.1', networks, [tcp(1), tcp(3), tcp(5)])))).toThrow('"web" has 750 sources');
  const ports = Array.from({ length: 51 }, (_, index) => tcp(1000 + 2 * index));
  expect(() => hcloud(check(open('203.0.113.1', ['192.0.2.0/24'], ports)))).toThrow(
    '"web" needs 51 rules, and holds 50',
  );
});
