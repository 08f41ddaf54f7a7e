import { check, type Group, type Intent, IntentError, problemsOf, tcp } from '../../../stacks/firewall';

const ssh = { service: 'SSH', ports: [tcp(22)] };

function hosts(name: string, addresses: string[], rest: Partial<Group> = {}): Group {
  return { name, kind: 'hosts', addresses, ...rest };
}

function networks(name: string, addresses: string[]): Group {
  return { name, kind: 'networks', addresses };
}

/** An intent in which `from` reaches port 22 of one host. */
function sshFrom(...from: string[][]): Intent {
  return {
    groups: [hosts('bastion', ['10.0.0.1']), ...from.map((addresses, index) => networks(`net-${index}`, addresses))],
    flows: from.map((_, index) => ({ from: `net-${index}`, to: 'bastion', ports: [tcp(22)], reason: 'admins' })),
    required: [],
    guarded: [ssh],
  };
}

function messages(intent: Intent, options = {}): string[] {
  return problemsOf(intent, { day: '2026-11-21', ...options }).map(
    ({ code, where, message }) => `${code} ${where}: ${message}`,
  );
}

describe('open to everyone', () => {
  test.each([
    [['0.0.0.0/0']],
    [['::/0']],
    [['0.0.0.0/1', '128.0.0.0/1']],
    [['0.0.0.0/1']],
    [['2000::/3']],
    [['8000::/1', '::/1']],
    [Array.from({ length: 256 }, (_, index) => `${index}.0.0.0/9`)],
    [['64.0.0.0/10', '12.0.0.0/8']],
  ])('%j may not reach SSH', (addresses) => {
    expect(messages(sshFrom(addresses))).toContainEqual(
      expect.stringMatching(/^open-to-everyone group "bastion": SSH \(tcp 22\) is open to .*; name the networks/),
    );
  });

  test('pieces are seen however they are spread over groups and flows', () => {
    expect(messages(sshFrom(['12.0.0.0/9'], ['12.128.0.0/9']))).toEqual([]);
    expect(messages(sshFrom(['12.0.0.0/9'], ['12.128.0.0/9'], ['20.0.0.0/32']))).toHaveLength(1);
  });

  test('pieces are seen across the roles of one host', () => {
    const both = { sharesHostsWith: ['nodes'] };
    const intent: Intent = {
      groups: [
        hosts('etcd', ['10.0.0.1'], both),
        hosts('nodes', ['10.0.0.1']),
        networks('a', ['12.0.0.0/8']),
        networks('b', ['20.0.0.0/8']),
      ],
      flows: [
        { from: 'a', to: 'etcd', ports: [tcp(22)], reason: 'r' },
        { from: 'b', to: 'nodes', ports: [tcp(1, 100)], reason: 'r' },
      ],
      required: [],
      guarded: [ssh],
    };
    expect(messages(intent)).toHaveLength(1);
    expect(messages({ ...intent, flows: intent.flows.slice(1) })).toEqual([]);
  });

  test('what reaches other hosts does not count', () => {
    const intent: Intent = {
      groups: [
        hosts('a', ['10.0.0.1']),
        hosts('b', ['10.0.0.2']),
        networks('x', ['12.0.0.0/8']),
        networks('y', ['20.0.0.0/8']),
      ],
      flows: [
        { from: 'x', to: 'a', ports: [tcp(22)], reason: 'r' },
        { from: 'y', to: 'b', ports: [tcp(22)], reason: 'r' },
      ],
      required: [],
      guarded: [ssh],
    };
    expect(messages(intent)).toEqual([]);
  });

  test('all of private space is not everyone, and neither is one organisation', () => {
    expect(messages(sshFrom(['192.168.0.0/16', '172.16.0.0/12', '100.64.0.0/10', 'fc00::/7']))).toEqual([]);
    expect(messages(sshFrom(['12.0.0.0/8', '2001:db8::/32']))).toEqual([]);
  });

  test('a port that is inside an opened range is open', () => {
    const [flow] = sshFrom(['0.0.0.0/0']).flows;
    const wide = { ...sshFrom(['0.0.0.0/0']), flows: [{ ...flow!, ports: [tcp(20, 80)] }] };
    expect(messages(wide)).toEqual([expect.stringContaining('SSH (tcp 22) is open to 0.0.0.0/0')]);
    expect(messages({ ...wide, flows: [{ ...flow!, ports: [tcp(23, 80)] }] })).toEqual([]);
  });

  const exemption = { to: 'bastion', port: 22, reason: 'the VPN moves on Friday', until: '2026-11-30' };

  test('a reasoned, dated exemption opens it until its last day', () => {
    const intent = { ...sshFrom(['0.0.0.0/0']), exemptions: [exemption] };
    expect(messages(intent)).toEqual([]);
    expect(messages(intent, { day: '2026-11-30' })).toEqual([]);
    expect(messages(intent, { day: '2026-12-01' })).toEqual([
      'bad-exemption exemption for bastion port 22: it ran out on 2026-11-30; close the port, or renew it',
      expect.stringMatching(/^open-to-everyone/),
    ]);
  });

  test.each([
    [{ ...exemption, reason: ' ' }, 'it gives no reason'],
    [{ ...exemption, until: 'soon' }, 'until must be a day, as YYYY-MM-DD'],
    [{ ...exemption, until: '2026-02-30' }, 'until must be a day, as YYYY-MM-DD'],
    [{ ...exemption, port: 23 }, 'nothing needs it; take it out'],
    [{ ...exemption, to: 'etcd' }, 'nothing needs it; take it out'],
  ])('%j is not an exemption', (bad, why) => {
    const found = messages({ ...sshFrom(['0.0.0.0/0']), exemptions: [bad] });
    expect(found).toContainEqual(expect.stringContaining(why));
    expect(found).toContainEqual(expect.stringMatching(/^open-to-everyone/));
  });
});

describe('overlaps', () => {
  const intent = (...groups: Group[]): Intent => ({ groups, flows: [], required: [], guarded: [] });

  test('a bastion inside the node group is refused', () => {
    expect(messages(intent(hosts('bastion', ['10.0.1.7']), hosts('nodes', ['10.0.1.0/24'])))).toEqual([
      'overlap groups "bastion" and "nodes": both hold 10.0.1.7; these roles must not be on one host, so take it out',
    ]);
  });

  test('a host may have several roles, where the groups say so', () => {
    const shared = { sharesHostsWith: ['etcd'] };
    expect(messages(intent(hosts('api-servers', ['10.0.0.1'], shared), hosts('etcd', ['10.0.0.1'])))).toEqual([]);
    expect(messages(intent(hosts('etcd', ['10.0.0.1']), hosts('api-servers', ['10.0.0.1'], shared)))).toEqual([]);
  });

  test('a part of an entry is ambiguous even then', () => {
    const shared = { sharesHostsWith: ['etcd'] };
    expect(messages(intent(hosts('nodes', ['10.0.0.0/24'], shared), hosts('etcd', ['10.0.0.1'])))).toEqual([
      'overlap groups "nodes" and "etcd": 10.0.0.1 is an entry of one and only part of an entry of the other; list the same entries in both',
    ]);
    expect(
      messages(intent(hosts('nodes', ['10.0.0.0/24', '10.0.0.1'], shared), hosts('etcd', ['10.0.0.1']))),
    ).toHaveLength(1);
  });

  test('hosts inside a network of outsiders are refused, unless it is everyone', () => {
    expect(messages(intent(hosts('nodes', ['10.0.0.1']), networks('office', ['10.0.0.0/8'])))).toEqual([
      'overlap groups "nodes" and "office": hosts of ours are inside a network of outsiders: 10.0.0.1; narrow it',
    ]);
    expect(messages(intent(hosts('nodes', ['10.0.0.1']), networks('all', ['0.0.0.0/0'])))).toEqual([]);
    expect(
      messages(intent(hosts('nodes', ['10.0.0.1', 'fd00::1']), networks('all', ['0.0.0.0/0', 'fd00::/8']))),
    ).toHaveLength(1);
  });

  test('outsiders may have several roles', () => {
    expect(messages(intent(networks('admins', ['198.51.100.0/24']), networks('users', ['198.51.0.0/16'])))).toEqual([]);
  });

  test('a named host has the same addresses and the same name everywhere', () => {
    const shared = { sharesHostsWith: ['etcd'] };
    const a = hosts('nodes', [], { ...shared, hosts: [{ name: 'n1', addresses: ['10.0.0.1', 'fd00::1'] }] });
    const found = (...others: Group[]) => messages(intent(a, ...others));
    expect(found(hosts('etcd', [], { hosts: [{ name: 'n1', addresses: ['fd00::1', '10.0.0.1'] }] }))).toEqual([]);
    expect(found(hosts('etcd', [], { hosts: [{ name: 'n1', addresses: ['10.0.0.1'] }] }))).toEqual([
      'overlap host "n1": it has other addresses in another group; list all of them in each',
    ]);
    expect(found(hosts('etcd', [], { hosts: [{ name: 'n2', addresses: ['10.0.0.1'] }] }))).toContainEqual(
      'overlap group "etcd": 10.0.0.1 is host "n2" here and host "n1" elsewhere; name the host in both',
    );
    expect(found(hosts('etcd', ['10.0.0.1']))).toContainEqual(
      'overlap group "etcd": 10.0.0.1 is an address without a host here and host "n1" elsewhere; name the host in both',
    );
  });
});

describe('what cannot be read', () => {
  const flow = { from: 'users', to: 'web', ports: [tcp(443)], reason: 'the shop' };
  const base: Intent = {
    groups: [hosts('web', ['10.0.0.1']), networks('users', ['192.0.2.0/24'])],
    flows: [flow],
    required: [],
    guarded: [],
  };

  test('a sound intent has no problems', () => {
    expect(messages(base)).toEqual([]);
  });

  test.each<[Partial<Intent>, string]>([
    [{ flows: [{ ...flow, from: 'nobody' }] }, 'bad-flow flow 1 (nobody to web): there is no group "nobody"'],
    [{ flows: [{ ...flow, from: '__proto__' }] }, 'there is no group "__proto__"'],
    [{ flows: [{ ...flow, to: 'users' }] }, '"users" is a network of outsiders, which is not ours to filter'],
    [{ flows: [{ ...flow, ports: [] }] }, 'it names no ports'],
    [{ flows: [{ ...flow, ports: [tcp(0)] }] }, 'tcp 0 is not a range of ports from 1 to 65535'],
    [{ flows: [{ ...flow, ports: [tcp(2, 1)] }] }, 'tcp 2-1 is not a range'],
    [{ flows: [{ ...flow, ports: [tcp(1, 65536)] }] }, 'tcp 1-65536 is not a range'],
    [{ flows: [{ ...flow, ports: [tcp(1.5)] }] }, 'tcp 1.5 is not a range'],
    [{ flows: [{ ...flow, ports: [tcp(Number.NaN)] }] }, 'is not a range'],
    [{ flows: [{ ...flow, ports: [{ protocol: 'tcp' }] }] }, 'tcp is not a range of ports'],
    [{ flows: [{ ...flow, ports: [{ protocol: 'icmp', from: 8 }] }] }, 'icmp has no ports'],
    [{ flows: [{ ...flow, ports: [{ protocol: 'all' as 'tcp' }] }] }, 'protocol is "all", expected tcp, udp'],
    [{ flows: [{ ...flow, reason: '' }] }, 'the reason must be one line of text'],
    [{ flows: [{ ...flow, reason: 'a\nflush ruleset' }] }, 'the reason must be one line of text'],
    [{ groups: [...base.groups, networks('users', ['192.0.2.0/24'])] }, 'another group has this name'],
    [{ groups: [...base.groups, hosts('Web_1', ['10.0.0.2'])] }, 'the name must be lower-case letters'],
    [{ groups: [...base.groups, hosts('a'.repeat(25), ['10.0.0.2'])] }, 'at most 24 characters'],
    [{ groups: [...base.groups, hosts('empty', [])] }, 'it has no addresses'],
    [
      { groups: [...base.groups, hosts('lo', ['127.0.0.1'])] },
      'no host has 127.0.0.1 (loopback, multicast or reserved)',
    ],
    [{ groups: [...base.groups, hosts('m', ['ff02::1'])] }, 'no host has ff02::1'],
    [{ groups: [...base.groups, hosts('all', ['0.0.0.0/0'])] }, 'no host has'],
    [
      { groups: [...base.groups, networks('n', '192.0.2.0/24' as never)] },
      'expected a list of addresses, found "192.0.2.0/24"',
    ],
    [{ groups: [...base.groups, networks('n', undefined as never)] }, 'expected a list of addresses, found nothing'],
    [{ groups: [...base.groups, hosts('h', ['0/0'])] }, '"0/0" is not an address or CIDR'],
    [
      { groups: [...base.groups, hosts('h', [], { hosts: [{ name: 'A b', addresses: ['10.0.0.2'] }] })] },
      'host "A b": expected a DNS name',
    ],
    [
      { groups: [...base.groups, hosts('h', [], { hosts: [{ name: 'a', addresses: [] }] })] },
      'host "a" has no address',
    ],
    [
      { groups: [...base.groups, hosts('h', [], { hosts: [{ name: 'a', addresses: ['10.0.1.0/24'] }] })] },
      'expected single addresses',
    ],
    [
      {
        groups: [
          ...base.groups,
          { ...networks('n', ['192.0.2.0/24']), hosts: [{ name: 'a', addresses: ['192.0.2.1'] }] },
        ],
      },
      'a group of networks has no hosts',
    ],
  ])('%j', (change, why) => {
    expect(messages({ ...base, ...change })).toContainEqual(expect.stringContaining(why));
  });

  test('every problem is in the error', () => {
    const bad = { ...base, flows: [{ ...flow, from: 'x', to: 'y' }] };
    expect(() => check(bad)).toThrow(IntentError);
    expect(() => check(bad)).toThrow('flow 1 (x to y): there is no group "x"\nflow 1 (x to y): there is no group "y"');
  });

  test('groups known by reference need no addresses where the platform has references', () => {
    const intent = { ...base, groups: [hosts('web', []), networks('users', ['192.0.2.0/24'])] };
    expect(messages(intent)).toHaveLength(1);
    expect(messages(intent, { byReference: true })).toEqual([]);
  });
});

test('rows that open the same port to the same group become one rule with both reasons', () => {
  const intent: Intent = {
    groups: [hosts('web', ['10.0.0.1']), networks('users', ['192.0.2.0/24'])],
    flows: ['the shop', 'the till', 'the shop'].map((reason) => ({
      from: 'users',
      to: 'web',
      ports: [tcp(443)],
      reason,
    })),
    required: [],
    guarded: [],
  };
  expect(check(intent).rules.map(({ reason }) => reason)).toEqual(['the shop the till']);
});

test('five thousand hosts are checked at once', () => {
  const all = Array.from({ length: 5000 }, (_, index) => `10.${index >> 8}.${index & 255}.1`);
  const shared = { sharesHostsWith: ['workers'] };
  const intent: Intent = {
    groups: [hosts('nodes', all, shared), hosts('workers', all)],
    flows: [{ from: 'nodes', to: 'workers', ports: [tcp(10250)], reason: 'r' }],
    required: [{ from: 'workers', to: 'nodes', ports: [tcp(10250)], breaks: 'it' }],
    guarded: [ssh],
  };
  expect(messages(intent)).toEqual([]);
});
