import { check, type Intent, tcp } from '../../../stacks/firewall';
import { azure } from '../../../stacks/platforms/azure';
import { readAzure } from '../readers/azure';
import { agrees, cases } from './intents';

const options = { resourceGroupName: 'group', location: 'westeurope' };

function open(addresses: string[], protocol: 'tcp' | 'ipip' = 'tcp'): Intent {
  return {
    groups: [
      { name: 'web', kind: 'hosts', addresses: ['10.0.0.1'] },
      { name: 'users', kind: 'networks', addresses },
    ],
    flows: [{ from: 'users', to: 'web', ports: [protocol === 'tcp' ? tcp(443) : { protocol }], reason: 'the shop' }],
    required: [],
    guarded: [],
  };
}

test('what the network security group lets in is what the intent allows', () => {
  agrees(cases({ protocols: ['tcp', 'udp', 'icmp', 'esp'] }), (intent, world) =>
    readAzure(azure(intent, options).resources, world),
  );
});

test('the last rule denies what the default rules would let in from the virtual network', () => {
  const world = { hosts: [{ name: 'web-1', addresses: ['10.0.0.1'], groups: ['web'] }] };
  const reaches = readAzure(azure(check(open(['192.0.2.0/24'])), options).resources, world);
  expect(reaches({ src: '10.0.0.2', dst: '10.0.0.1', protocol: 'tcp', port: 443 })).toBe(false);
});

test('IP-in-IP is refused with what to do', () => {
  expect(() => azure(check(open(['192.0.2.0/24'], 'ipip')), options)).toThrow(
    'An Azure network security group cannot filter ipip (users to web: the shop), only tcp, udp, icmp and esp; use another mode of the CNI, or filter on the hosts with nftables',
  );
});

test('more address ranges than a group holds are refused', () => {
  const addresses = Array.from(
    { length: 4001 },
    (_, index) => `198.${18 + (index >> 14)}.${(index >> 6) & 255}.${(index & 63) * 4}/31`,
  );
  expect(() => azure(check(open(addresses)), options)).toThrow('4001 address ranges');
});
