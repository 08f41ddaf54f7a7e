import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as stacks from '../../stacks';
import { check, clusterIntent, type Host } from '../../stacks';
import { allows, type ClusterIntentProps, type Packet } from '../../stacks/firewall';
import { readAws } from '../stacks/readers/aws';
import { readAzure } from '../stacks/readers/azure';
import { readGcp } from '../stacks/readers/gcp';
import { readHcloud } from '../stacks/readers/hcloud';
import { readOpenstack } from '../stacks/readers/openstack';
import type { Emitted, Reaches, World } from '../stacks/readers/world';
import { type Held, withPulumi } from './support/pulumi';

/**
 * A real Pulumi engine, with stand-ins for the providers of the clouds, whose binaries are in no package registry: what
 * they are given is read back by the readers of each platform.
 */
const host = (name: string, ...addresses: string[]): Host => ({ name, addresses });

const cluster = {
  apiServers: [host('control-1', '203.0.113.10', '2001:db8::10'), host('control-2', '203.0.113.11')],
  workers: [host('worker-1', '203.0.113.20', '2001:db8::20')],
  bastion: [host('bastion', '203.0.113.5')],
  admins: ['198.51.100.0/25', '2001:db8:1::/48'],
  cni: { name: 'cilium', mode: 'vxlan' },
} satisfies ClusterIntentProps;

const clouds: Record<
  string,
  { enforce: stacks.Enforcement; read: (emitted: readonly Emitted[], world: World) => Reaches }
> = {
  aws: { enforce: stacks.aws({ vpcId: 'vpc-1', prefix: 'casemate' }), read: readAws },
  'azure-native': {
    enforce: stacks.azure({ resourceGroupName: 'prod', location: 'westeurope', prefix: 'casemate' }),
    read: readAzure,
  },
  gcp: { enforce: stacks.gcp({ network: 'default', prefix: 'casemate' }), read: readGcp },
  hcloud: { enforce: stacks.hcloud({ prefix: 'casemate' }), read: readHcloud },
  openstack: { enforce: stacks.openstack({ prefix: 'casemate' }), read: readOpenstack },
};

/** What a stand-in was given, as the readers take it: without the component's name, and with references for ids. */
function emitted(held: Record<string, Held>): Emitted[] {
  const plain = (name: string) => name.replace(/^prod-/, '');
  return Object.values(held).map(({ type, name, inputs }) => ({
    type,
    name: plain(name),
    inputs: JSON.parse(JSON.stringify(inputs), (_key, value) => {
      const referred = typeof value === 'string' ? held[value] : undefined;
      return referred === undefined ? value : { resource: plain(referred.name), output: 'id' };
    }),
  }));
}

const intent = check(clusterIntent(cluster));
const world: World = {
  hosts: intent.hosts.map(({ name, roles }) => ({
    name,
    addresses:
      [...cluster.apiServers, ...cluster.workers, ...cluster.bastion].find((each) => each.name === name)?.addresses ??
      [],
    groups: roles,
  })),
};

/** Every host's and some outsiders' packets to every host, at the ports of the table and beside them. */
function packets(): Packet[] {
  const hosts = world.hosts.flatMap(({ addresses }) => addresses);
  const sources = [...hosts, '198.51.100.1', '198.51.100.200', '192.0.2.1', '2001:db8:1::1', '2001:db8:2::1'];
  const ports = [21, 22, 23, 2378, 2379, 2380, 2381, 4240, 6443, 6444, 10250, 10257, 10259, 30000];
  return sources.flatMap((src) =>
    hosts
      .filter((dst) => dst !== src && dst.includes(':') === src.includes(':'))
      .flatMap((dst): Packet[] => [
        ...ports.map((port) => ({ src, dst, protocol: 'tcp' as const, port })),
        ...[8471, 8472].map((port) => ({ src, dst, protocol: 'udp' as const, port })),
        { src, dst, protocol: 'icmp' },
      ]),
  );
}

function firewall(enforce: stacks.Enforcement, props: Partial<stacks.ClusterFirewallProps> = {}) {
  return async () => {
    const { intent, membership } = new stacks.ClusterFirewall('prod', { ...cluster, ...props, enforce });
    return { intent, membership };
  };
}

/** A program with this cluster and other properties, as text; `admins` is from its configuration. */
function program(props: string, require: 'requireObject' | 'requireSecretObject' = 'requireObject'): string {
  return `import { Instance } from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';
import { aws, ClusterFirewall, hcloud, nftables } from 'casemate/stacks';

const admins = new pulumi.Config().get('admins') && new pulumi.Config().${require}('admins');
const firewall = new ClusterFirewall('prod', { ...${JSON.stringify(cluster)}, ${props} });
export const { intent, membership, rulesets } = firewall;
`;
}

const aws = stacks.aws({ vpcId: 'vpc-1' });
const ruleTo = (held: Record<string, Held>, name: string) =>
  Object.values(held).find((resource) => resource.name === name) as Held;

describe.each(Object.entries(clouds))(
  'ClusterFirewall in a real engine with a stand-in for %s',
  (standIn, { enforce, read }) => {
    test('gives the cloud rules that let in exactly what the intent allows, and keeps and removes them', async () => {
      await withPulumi({ program: firewall(enforce) }, { standIns: [standIn] }, async (engine) => {
        const first = await engine.up();
        expect(Object.keys(first.operations)).toEqual(['create']);

        const reaches = read(emitted(engine.held(standIn)), world);
        const judged = packets().map((packet) => ({ packet, expected: allows(intent, packet) }));
        expect(judged.filter(({ expected }) => expected).length).toBeGreaterThan(30);
        expect(judged.filter(({ packet, expected }) => reaches(packet) !== expected)).toEqual([]);

        expect(Object.keys((await engine.preview()).operations)).toEqual(['same']);
        const last = await engine.destroy();
        expect(last.operations.delete).toEqual(first.operations.create);
        expect(engine.held(standIn)).toEqual({});
        expect(await engine.resources()).toEqual([]);
      });
    });
  },
);

test('a port opened by hand at the cloud (a stand-in for aws) shows in a refresh, and the next update closes it', async () => {
  await withPulumi({ program: firewall(aws) }, { standIns: ['aws'] }, async (engine) => {
    const { operations } = await engine.up();
    const opened = operations.create?.find(
      (name) => name.startsWith('prod-bastion') && name.includes('198.51.100.0'),
    ) as string;
    engine.tamper('aws', (held) => {
      Object.assign(ruleTo(held, opened).inputs, { cidrIpv4: '0.0.0.0/0' });
    });
    expect((await engine.drift()).operations.update).toEqual([opened]);
    expect((await engine.refresh()).operations.update).toEqual([opened]);
    expect((await engine.preview()).operations.update).toEqual([opened]);
    await engine.up();
    expect(ruleTo(engine.held('aws'), opened).inputs.cidrIpv4).toBe('198.51.100.0/25');
  });
});

test('a rule deleted by hand at the cloud (a stand-in for aws) is created again', async () => {
  await withPulumi({ program: firewall(aws) }, { standIns: ['aws'] }, async (engine) => {
    const { operations } = await engine.up();
    const gone = operations.create?.find((name) => name.startsWith('prod-etcd-from-api-servers')) as string;
    engine.tamper('aws', (held) => {
      for (const [id, { name }] of Object.entries(held)) if (name === gone) delete held[id];
    });
    expect((await engine.refresh()).operations.delete).toEqual([gone]);
    expect((await engine.up()).operations.create).toEqual([gone]);
  });
});

test('a refused intent fails the preview and the update, says where and what to do, and changes nothing', async () => {
  const config = (...admins: string[]) => ({ admins: { value: JSON.stringify(admins) } });
  const options = { standIns: ['aws'], config: config('198.51.100.0/24') };
  await withPulumi({ text: program('admins, enforce: aws({ vpcId: "vpc-1" })') }, options, async (engine) => {
    await engine.up();
    const before = engine.held('aws');
    expect(Object.keys(before)).not.toEqual([]);
    await engine.configure(config('0.0.0.0/1', '128.0.0.0/1'));
    const said =
      /ClusterFirewall \(prod\):\s+error: ClusterFirewall "prod" is refused, and nothing of it is applied:\s+- group "bastion": SSH \(tcp 22\) is open to 0\.0\.0\.0\/0; name the networks that need it/;
    await expect(engine.preview()).rejects.toThrow(said);
    await expect(engine.up()).rejects.toThrow(said);
    expect(engine.held('aws')).toEqual(before);
  });
});

test('an intent that one of two platforms cannot express changes neither', async () => {
  const text = program(
    'admins: ["198.51.100.0/24"], workers: ["10.0.0.20"], enforce: [aws({ vpcId: "vpc-1" }), hcloud()]',
  );
  await withPulumi({ text }, { standIns: ['aws', 'hcloud'] }, async (engine) => {
    await expect(engine.up()).rejects.toThrow(/hcloud: group "(nodes|workers)" has private addresses .*nftables/);
    expect([engine.held('aws'), engine.held('hcloud')]).toEqual([{}, {}]);
  });
});

describe('addresses that only the update makes known', () => {
  /** A machine that is created beside: its id stands for an address, because it is not known in a preview. */
  const workers = (address: string) =>
    program(`admins: ['198.51.100.0/24'], enforce: aws({ vpcId: 'vpc-1' }),
      workers: [{ name: 'worker-1', addresses: [new Instance('machine', { ami: 'ami-1' }).id.apply(() => '${address}')] }]`);

  test('are said to be unknown in the preview, and are enforced by the update', async () => {
    await withPulumi({ text: workers('203.0.113.30') }, { standIns: ['aws'] }, async (engine) => {
      const preview = await engine.preview();
      expect(preview.log).toMatch(/workers will be known only during the update/);
      expect(preview.operations.create).toEqual(['machine', 'prod']);
      expect((await engine.up()).operations.create).toContain('prod-etcd-from-api-servers-tcp-2379');
      expect((await engine.preview()).log).not.toMatch(/known only during the update/);
    });
  });

  test('fail the update when the intent is refused then, before any rule is created', async () => {
    await withPulumi({ text: workers('203.0.113.5') }, { standIns: ['aws'] }, async (engine) => {
      await engine.preview();
      await expect(engine.up()).rejects.toThrow(/ClusterFirewall "prod" is refused.*203\.0\.113\.5/s);
      expect(Object.values(engine.held('aws')).map(({ name }) => name)).toEqual(['machine']);
    });
  });
});

test('addresses that are secret are in clear neither in what the backend keeps nor in what the engine prints', async () => {
  const canary = '198.51.100.77';
  const secret = (...admins: string[]) => ({ admins: { value: JSON.stringify(admins), secret: true } });
  const text = program('admins, enforce: [aws({ vpcId: "vpc-1" }), nftables()]', 'requireSecretObject');
  await withPulumi({ text }, { standIns: ['aws'], config: secret(`${canary}/32`) }, async (engine) => {
    const runs = [await engine.preview(), await engine.up(), await engine.refresh(), await engine.preview()];
    expect(runs.map(({ log }) => log).join()).not.toContain(canary);
    expect(engine.kept()).toContain('SecurityGroupIngressRule');
    expect(engine.kept()).not.toContain(canary);
    // The rules are there nevertheless, and whoever may decrypt sees them.
    expect(JSON.stringify(engine.held('aws'))).toContain(canary);
    expect(JSON.stringify(await engine.outputs())).toContain(canary);
    expect(Object.keys(runs[3]?.operations ?? {})).toEqual(['same']);

    await engine.configure(secret(`${canary}/0`));
    const refusal = await engine.preview().catch(String);
    expect(refusal).toMatch(/ClusterFirewall "prod" is refused/);
    expect(refusal).not.toContain(canary);
  });
});

test('EtcdFirewall lets API servers reach etcd and nobody else, as a stand-in for openstack was given it', async () => {
  const program = async () => {
    const { membership } = new stacks.EtcdFirewall('prod', {
      members: [host('etcd-1', '192.0.2.1'), host('etcd-2', '192.0.2.2')],
      clients: ['203.0.113.10/31'],
      enforce: stacks.openstack({ prefix: 'casemate' }),
    });
    return { membership };
  };
  await withPulumi({ program }, { standIns: ['openstack'] }, async (engine) => {
    await engine.up();
    const reaches = readOpenstack(emitted(engine.held('openstack')), {
      hosts: ['192.0.2.1', '192.0.2.2'].map((address) => ({ name: address, addresses: [address], groups: ['etcd'] })),
    });
    const at = (src: string, port: number) => reaches({ src, dst: '192.0.2.1', protocol: 'tcp', port });
    expect(at('203.0.113.10', 2379)).toBe(true);
    expect(at('192.0.2.2', 2380)).toBe(true);
    expect([at('203.0.113.12', 2379), at('203.0.113.10', 2380), at('203.0.113.10', 22)]).toEqual([false, false, false]);
    const { etcd } = (await engine.outputs()).membership as { etcd: string };
    expect(engine.held('openstack')[etcd]?.type).toBe('openstack:networking/secGroup:SecGroup');
  });
});

describe('examples, as their users run them, with stand-ins for the clouds', () => {
  const example = (name: string) => ({ project: join(__dirname, '..', '..', 'examples', name) });

  test.each(['cluster-aws', 'cluster-bare-metal', 'cluster-hcloud'])(
    '%s compiles with its own options',
    async (name) => {
      await withPulumi(example(name), {}, async ({ folder }) => {
        const { status, stdout } = spawnSync(join(folder, 'node_modules', 'typescript', 'bin', 'tsc'), {
          cwd: folder,
          encoding: 'utf8',
        });
        expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      });
    },
  );

  test('cluster-hcloud labels servers and filters them by those labels', async () => {
    await withPulumi(example('cluster-hcloud'), { standIns: ['hcloud'] }, async (engine) => {
      expect((await engine.preview()).log).toMatch(/apiServers, workers, bastion will be known only during the update/);
      await engine.up();
      const held = Object.values(engine.held('hcloud'));
      const selected = held.flatMap(({ inputs }) =>
        ((inputs.applyTos ?? []) as { labelSelector: string }[]).map(({ labelSelector }) => labelSelector),
      );
      const carried = new Set(held.flatMap(({ inputs }) => Object.keys(inputs.labels ?? {})));
      expect(selected.sort()).toEqual([...carried].sort());
      expect(Object.keys((await engine.preview()).operations)).toEqual(['same']);
      expect((await engine.outputs()).picture).toMatch(/^<svg/);
      await engine.destroy();
      expect(engine.held('hcloud')).toEqual({});
    });
  });

  test('cluster-aws gives each machine the security groups of its roles', async () => {
    await withPulumi(example('cluster-aws'), { standIns: ['aws'] }, async (engine) => {
      expect((await engine.preview()).operations.create).toContain('prod-etcd-from-api-servers-tcp-2379');
      await engine.up();
      const held = engine.held('aws');
      const groupsOf = (name: string) =>
        Object.values(held)
          .filter((each) => each.name === name)
          .flatMap(({ inputs }) => (inputs.vpcSecurityGroupIds ?? []) as string[])
          .map((id) => held[id]?.inputs.name);
      expect(groupsOf('control-1')).toEqual(['prod-api-servers', 'prod-etcd', 'prod-nodes']);
      expect(groupsOf('worker')).toEqual(['prod-nodes', 'prod-workers']);
      expect(groupsOf('bastion')).toEqual(['prod-bastion']);
      expect(Object.keys((await engine.preview()).operations)).toEqual(['same']);
      await engine.destroy();
      expect(engine.held('aws')).toEqual({});
    });
  });

  test('cluster-bare-metal writes a rule set for each machine', async () => {
    await withPulumi(example('cluster-bare-metal'), {}, async (engine) => {
      await engine.up();
      const { rulesets } = (await engine.outputs()) as { rulesets: Record<string, string> };
      expect(Object.keys(rulesets).sort()).toEqual([
        'bastion',
        'control-1',
        'control-2',
        'control-3',
        'worker-1',
        'worker-2',
      ]);
      expect(rulesets['control-1']).toMatch(/^table inet casemate/m);
      expect(Object.keys((await engine.preview()).operations)).toEqual(['same']);
      await engine.destroy();
      expect(await engine.resources()).toEqual([]);
    });
  });
});
