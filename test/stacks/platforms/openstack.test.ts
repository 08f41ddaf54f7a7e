import { check, type Intent, tcp } from '../../../stacks/firewall';
import { openstack } from '../../../stacks/platforms/openstack';
import { readOpenstack } from '../readers/openstack';
import { agrees, cases } from './intents';

test('what the security groups let in is what the intent allows', () => {
  agrees(cases(), (intent, world) => readOpenstack(openstack(intent, { rulesPerProject: 10_000 }).resources, world));
});

test('more rules than the quota of the project are refused', () => {
  const intent: Intent = {
    groups: [
      { name: 'web', kind: 'hosts', addresses: [] },
      { name: 'users', kind: 'networks', addresses: ['192.0.2.0/24'] },
    ],
    flows: [{ from: 'users', to: 'web', ports: Array.from({ length: 99 }, (_, index) => tcp(index + 1)), reason: 'r' }],
    required: [],
    guarded: [],
  };
  expect(() => openstack(check(intent, { byReference: true }))).toThrow(
    "need 101 rules and the project's quota is 100",
  );
});

test("Neutron's default rules are removed from the groups", () => {
  const plan = openstack(
    check({ groups: [{ name: 'a', kind: 'hosts', addresses: ['10.0.0.1'] }], flows: [], required: [], guarded: [] }),
  );
  expect(plan.resources[0]?.inputs).toMatchObject({ name: 'casemate-a', deleteDefaultRules: true });
});
