import * as pulumi from '@pulumi/pulumi';
import { EtcdFirewall, hcloud } from '../../../stacks';

beforeEach(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }),
    call: ({ inputs }) => inputs,
  });
});

afterEach(() => pulumi.runtime.disconnect());

const settled = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

test('its properties may be outputs, whole or in part', async () => {
  const { intent } = new EtcdFirewall('etcd', {
    members: [{ name: 'etcd-1', addresses: [pulumi.output('203.0.113.1')] }, pulumi.output('203.0.113.2')],
    clients: pulumi.output(['203.0.113.10']),
    enforce: hcloud(),
  });
  const { groups } = await settled(intent);
  expect(
    groups.map(({ name, addresses, hosts = [] }) => [name, ...addresses, ...hosts.flatMap((host) => host.addresses)]),
  ).toEqual([
    ['etcd', '203.0.113.2', '203.0.113.1'],
    ['api-servers', '203.0.113.10'],
  ]);
});

test('its outputs are the intent, its picture, what hosts carry and the way back', async () => {
  const firewall = new EtcdFirewall('etcd', { members: ['203.0.113.1'], clients: ['203.0.113.10'], enforce: hcloud() });
  expect(await settled(firewall.membership)).toEqual({ etcd: 'etcd/etcd' });
  expect(await settled(firewall.picture)).toMatch(/^<svg [\s\S]*etcd[\s\S]*<\/svg>\s*$/);
  expect(await settled(firewall.rollback)).not.toEqual([]);
  expect(await settled(firewall.rulesets)).toEqual({});
});

test('it is recognised by its type token', async () => {
  const firewall = new EtcdFirewall('etcd', { members: ['203.0.113.1'], clients: ['203.0.113.10'], enforce: hcloud() });
  expect(await settled(firewall.urn)).toContain('::casemate:stacks:EtcdFirewall::etcd');
});
