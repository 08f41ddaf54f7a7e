import { check, clusterIntent } from '../../../stacks/firewall';
import { nftables, ruleset } from '../../../stacks/platforms/nftables';
import { readNftables } from '../readers/nftables';
import { agrees, cases } from './intents';

const cluster = clusterIntent({
  apiServers: [{ name: 'cp-1', addresses: ['10.0.0.1', 'fd00::1'] }],
  workers: [{ name: 'worker-1', addresses: ['10.0.1.1', 'fd00::1:1'] }],
  bastion: [{ name: 'bastion', addresses: ['10.0.9.1'] }],
  admins: ['198.51.100.0/24'],
  cni: 'flannel',
  nodePorts: [{ ports: [{ protocol: 'tcp', from: 30080 }], from: ['0.0.0.0/0', '::/0'], reason: 'the "shop"' }],
});

function rulesOf(host: string): string {
  const resource = nftables(check(cluster)).resources.find(({ name }) => name === host);
  return resource?.inputs.ruleset as string;
}

test('what the rule sets of all hosts let in is what the intent allows', () => {
  agrees(cases(), (intent) => {
    const hosts = new Map(
      nftables(intent).resources.flatMap(({ inputs }) => {
        const read = readNftables(inputs.ruleset as string);
        return (inputs.addresses as string[]).map((address) => [address, read]);
      }),
    );
    return (packet) => hosts.get(packet.dst)?.(packet) === true;
  });
});

test('a node port is closed before it is translated to a pod', () => {
  const arrives = readNftables(rulesOf('worker-1'));
  const packet = { src: '192.0.2.1', dst: '10.0.1.1', protocol: 'tcp' } as const;
  expect(arrives({ ...packet, port: 30081 }, { translatedTo: 'a pod' })).toBe(false);
  expect(arrives({ ...packet, port: 30080 }, { translatedTo: 'a pod' })).toBe(true);
});

test('an open node port of a pod in the host network stays open after its translation', () => {
  const arrives = readNftables(rulesOf('worker-1'));
  const packet = { src: '192.0.2.1', dst: '10.0.1.1', protocol: 'tcp' } as const;
  expect(arrives({ ...packet, port: 30080 }, { translatedTo: 8080 })).toBe(true);
  expect(arrives({ ...packet, port: 8080 })).toBe(false);
});

test('only the table of our own is named, and it is replaced in one transaction', () => {
  const text = rulesOf('cp-1');
  expect(text.match(/^(table|delete|flush|add|create|destroy).*$/gm)).toEqual([
    'table inet casemate',
    'delete table inet casemate',
    'table inet casemate {',
  ]);
});

test('reasons are comments that cannot end themselves, within 128 bytes', () => {
  const reason = `${'x'.repeat(300)}" drop; flush ruleset`;
  const text = ruleset(
    check({
      groups: [
        { name: 'a', kind: 'hosts', addresses: ['10.0.0.1'] },
        { name: 'b', kind: 'networks', addresses: ['192.0.2.0/24'] },
      ],
      flows: [
        { from: 'b', to: 'a', ports: [{ protocol: 'tcp', from: 80 }], reason },
        { from: 'b', to: 'a', ports: [{ protocol: 'tcp', from: 81 }], reason: 'a " drop; ö' },
      ],
      required: [],
      guarded: [],
    }),
    ['a'],
  );
  for (const [, comment] of text.matchAll(/comment (.*)$/gm)) expect(comment).toMatch(/^"[^"]{0,126}"$/);
  expect(text).toContain('tcp dport 81 counter accept comment "b: a  drop; o"');
});

test('a host without any rule lets nothing in but replies and what IP itself needs', () => {
  const intent = check({
    groups: [{ name: 'a', kind: 'hosts', addresses: ['10.0.0.1'] }],
    flows: [],
    required: [],
    guarded: [],
  });
  const arrives = readNftables(ruleset(intent, ['a']));
  expect(arrives({ src: '10.0.0.2', dst: '10.0.0.1', protocol: 'tcp', port: 22 })).toBe(false);
  expect(ruleset(intent, ['a'])).toContain('ct state established,related accept');
  expect(ruleset(intent, ['a'])).toContain('nd-neighbor-solicit');
  expect(ruleset(intent, ['a'])).toContain('hook input priority filter; policy drop;');
});

test('hosts must be known by name, or their roles be given', () => {
  const intent = check({
    groups: [{ name: 'a', kind: 'hosts', addresses: ['10.0.0.0/24'] }],
    flows: [],
    required: [],
    guarded: [],
  });
  expect(() => nftables(intent)).toThrow(/name the hosts/);
  expect(nftables(intent, { roles: [['a']] }).resources.map(({ name }) => name)).toEqual(['roles-a']);
  expect(() => nftables(intent, { roles: [['b']] })).toThrow('there is no group of hosts "b"');
});
