import * as pulumi from '@pulumi/pulumi';
import * as stacks from '../../../stacks';
import { type CheckedIntent, check, clusterIntent } from '../../../stacks/firewall';
import { aws } from '../../../stacks/platforms/aws';
import { azure } from '../../../stacks/platforms/azure';
import { calico } from '../../../stacks/platforms/calico';
import { cilium } from '../../../stacks/platforms/cilium';
import { gcp } from '../../../stacks/platforms/gcp';
import { hcloud } from '../../../stacks/platforms/hcloud';
import { openstack } from '../../../stacks/platforms/openstack';
import type { Plan } from '../../../stacks/platforms/plan';

/** The SDKs of the platforms are real here; the engine is Pulumi's own mock, which sees what the SDKs send. */
interface Sent {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

let sent: Sent[] = [];

beforeEach(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      if (type !== 'casemate:stacks:ClusterFirewall') sent.push({ type, name, inputs });
      return { id: `${name}-id`, state: inputs };
    },
    call: ({ inputs }) => inputs,
  });
});

const cluster = {
  apiServers: [{ name: 'control-1', addresses: ['203.0.113.10', '2001:db8::10'] }],
  workers: [{ name: 'worker-1', addresses: ['203.0.113.20'] }],
  bastion: ['203.0.113.5'],
  admins: ['198.51.100.0/24'],
  cni: 'cilium' as const,
};
const intent = check(clusterIntent(cluster));

const settled = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

afterEach(async () => {
  await pulumi.runtime.disconnect();
  sent = [];
});

const platforms: Record<
  string,
  { enforce: stacks.Enforcement; plan: (intent: CheckedIntent) => Plan; given?: Record<string, string> }
> = {
  aws: {
    enforce: stacks.aws({ vpcId: pulumi.output('vpc-1'), existing: { admins: pulumi.output('sg-1') } }),
    plan: (checked) => aws(checked, { prefix: 'prod', vpcId: 'vpc-1', existing: { admins: 'sg-1' } }),
  },
  azure: {
    enforce: stacks.azure({ resourceGroupName: pulumi.output('rg'), location: 'westeurope' }),
    plan: (checked) => azure(checked, { prefix: 'prod', resourceGroupName: 'rg', location: 'westeurope' }),
  },
  gcp: {
    enforce: stacks.gcp({ network: pulumi.output('vpc') }),
    plan: (checked) => gcp(checked, { prefix: 'prod', network: 'vpc' }),
  },
  hcloud: { enforce: stacks.hcloud(), plan: (checked) => hcloud(checked, { prefix: 'prod' }) },
  openstack: { enforce: stacks.openstack(), plan: (checked) => openstack(checked, { prefix: 'prod' }) },
  cilium: { enforce: stacks.cilium(), plan: (checked) => cilium(checked) },
  calico: { enforce: stacks.calico(), plan: (checked) => calico(checked) },
};

/** The resources of a plan as an engine should get them. */
function expected(plan: Plan): Sent[] {
  return plan.resources.map(({ type, name, inputs }) => ({
    type: typeInEngine(type, inputs),
    name: `prod-${name}`,
    inputs: JSON.parse(JSON.stringify(inputs), (_key, value) =>
      value?.output === 'id' ? `prod-${value.resource}-id` : value,
    ),
  }));
}

/** The Kubernetes SDK names custom resources by their own group and kind. */
function typeInEngine(
  type: string,
  { apiVersion, kind }: { readonly apiVersion?: unknown; readonly kind?: unknown },
): string {
  const match = /^kubernetes:apiextensions\.k8s\.io:CustomResource(Patch)?$/.exec(type);
  return match === null ? type : `kubernetes:${apiVersion}:${kind}${match[1] ?? ''}`;
}

const byName = (a: Sent, b: Sent) => (a.name < b.name ? -1 : 1);

test.each(Object.entries(platforms))(
  'the SDK for %s sends every input of every planned resource, and nothing else',
  async (_name, { enforce, plan }) => {
    const { membership } = new stacks.ClusterFirewall('prod', { ...cluster, enforce });
    await settled(membership);
    await pulumi.runtime.disconnect();
    expect(sent.sort(byName)).toEqual(expected(plan(intent)).sort(byName));
  },
);

test('two platforms hold together', async () => {
  const enforce = [stacks.hcloud({ privateNetwork: 'nftables' }), stacks.nftables()];
  const firewall = new stacks.ClusterFirewall('prod', { ...cluster, enforce });
  expect(await settled(firewall.membership)).toMatchObject({ etcd: 'prod/etcd' });
  expect(Object.keys(await settled(firewall.rulesets))).toEqual(['control-1', 'worker-1']);
  expect(await settled(firewall.rollback)).toHaveLength(4);
});

test('nftables gives each host with an address to whoever has access to it', async () => {
  const applied: stacks.HostRuleset[] = [];
  const ssh: stacks.HostAccess = {
    apply(ruleset, { component }) {
      applied.push(ruleset);
      return component;
    },
  };
  const firewall = new stacks.ClusterFirewall('prod', {
    ...cluster,
    enforce: stacks.nftables({ ssh, roles: [['nodes', 'workers']] }),
  });
  const rulesets = await settled(firewall.rulesets);
  expect(applied.map(({ host, addresses }) => [host, addresses])).toEqual([
    ['control-1', ['203.0.113.10', '2001:db8::10']],
    ['worker-1', ['203.0.113.20']],
  ]);
  expect(Object.keys(rulesets)).toEqual(['control-1', 'worker-1', 'roles-nodes-workers']);
});

test('the names of a platform begin with the component, so that two firewalls of one project are apart', async () => {
  const { membership } = new stacks.ClusterFirewall('Prod EU', { ...cluster, enforce: stacks.hcloud() });
  expect(await settled(membership)).toMatchObject({ nodes: 'prod-eu/nodes' });
});

test.each([
  ['cilium', stacks.cilium],
  ['calico', stacks.calico],
])('what %s says that a node must carry is what the nodes are labelled with', async (_name, enforcer) => {
  const firewall = new stacks.ClusterFirewall('prod', { ...cluster, enforce: enforcer({ prefix: 'shop' }) });
  expect(await settled(firewall.membership)).toMatchObject({ 'api-servers': 'shop/api-servers', nodes: 'shop/nodes' });
  await pulumi.runtime.disconnect();
  expect(JSON.stringify(sent)).toContain('"shop/api-servers"');
});

describe('without the packages of the clouds', () => {
  const packages = [
    'aws/ec2',
    'azure-native/network',
    'gcp/compute',
    'hcloud',
    'kubernetes/apiextensions',
    'openstack/networking',
  ];
  const missing = (name: string) => () => {
    throw Object.assign(new Error(`Cannot find module '@pulumi/${name}'`), { code: 'MODULE_NOT_FOUND' });
  };

  test('everything else can be used, and an enforcer says which one to install', () => {
    jest.isolateModules(() => {
      for (const name of packages) jest.doMock(`@pulumi/${name}`, missing(name));
      const { enforce } = (require('../../../stacks') as typeof stacks).hcloud();
      const site = { component: {} as pulumi.ComponentResource, name: 'prod', secret: false };
      expect(() => enforce(intent, site)).toThrow(
        'hcloud() needs the package @pulumi/hcloud, which is not installed: npm install @pulumi/hcloud',
      );
      for (const name of packages) jest.dontMock(`@pulumi/${name}`);
    });
  });

  test('an error inside such a package is not taken for its absence', () => {
    jest.isolateModules(() => {
      jest.doMock('@pulumi/hcloud', () => {
        throw Object.assign(new Error("Cannot find module 'left-pad'"), { code: 'MODULE_NOT_FOUND' });
      });
      const { enforce } = (require('../../../stacks') as typeof stacks).hcloud();
      const site = { component: {} as pulumi.ComponentResource, name: 'prod', secret: false };
      expect(() => enforce(intent, site)).toThrow("Cannot find module 'left-pad'");
      jest.dontMock('@pulumi/hcloud');
    });
  });
});
