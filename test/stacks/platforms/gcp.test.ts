import { check, tcp } from '../../../stacks/firewall';
import { gcp, gcpTag } from '../../../stacks/platforms/gcp';
import { readGcp } from '../readers/gcp';
import { agrees, cases } from './intents';

test('what the firewall rules let in is what the intent allows', () => {
  agrees(cases(), (intent, world) => readGcp(gcp(intent, { network: 'default' }).resources, world));
});

test('names and tags fit into 63 characters and stay apart', () => {
  const long = 'a'.repeat(24);
  const intent = check(
    {
      groups: [long, `${long.slice(1)}b`].map((name) => ({ name, kind: 'hosts', addresses: [] })),
      flows: [long, `${long.slice(1)}b`].map((from) => ({ from, to: long, ports: [tcp(1)], reason: 'r' })),
      required: [],
      guarded: [],
    },
    { byReference: true },
  );
  const names = gcp(intent, { network: 'n', prefix: 'p'.repeat(31) }).resources.map(({ inputs }) =>
    String(inputs.name),
  );
  expect(new Set(names).size).toBe(names.length);
  for (const name of [...names, gcpTag(long, 'p'.repeat(60))]) expect(name).toMatch(/^[a-z][-a-z0-9]{0,61}[a-z0-9]$/);
});

test('the rule that denies the rest is created last', () => {
  const intent = check({
    groups: [{ name: 'a', kind: 'hosts', addresses: ['10.0.0.1'] }],
    flows: [{ from: 'a', to: 'a', ports: [tcp(1)], reason: 'r' }],
    required: [],
    guarded: [],
  });
  const resources = gcp(intent, { network: 'n' }).resources;
  expect(resources.map(({ name, after }) => [name, after])).toEqual([
    ['a-from-a', undefined],
    ['deny-ipv4', ['a-from-a']],
    ['deny-ipv6', ['a-from-a']],
  ]);
});

test('a prefix that Google refuses is refused', () => {
  expect(() =>
    gcp(check({ groups: [], flows: [], required: [], guarded: [] }), { network: 'n', prefix: 'Prod_1' }),
  ).toThrow('prefix "Prod_1"');
});
