import { join } from 'node:path';
import * as stacks from '../../stacks';
import { binaryOf, type ControlPlane, startControlPlane } from './support/control-plane';
import { moduleFolder } from './support/go-modules';
import { kubernetesProviderUsed, withPulumi } from './support/pulumi';

/** A real API server with Cilium's own definitions of its resources, and a real Pulumi engine. */
const crds = join('pkg', 'k8s', 'apis', 'cilium.io', 'client', 'crds', 'v2');
const names = ['control-1', 'worker-1'];

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startControlPlane();
  const cilium = moduleFolder('github.com/cilium/cilium@v1.20.2');
  await controlPlane.kubectl('apply', '-f', join(cilium, crds, 'ciliumclusterwidenetworkpolicies.yaml'));
  await controlPlane.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
  for (const name of names) {
    await controlPlane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { zone: 'a' } } });
  }
});
afterAll(() => controlPlane?.stop());

const program = (workers: string) => async () => {
  new stacks.ClusterFirewall('prod', {
    apiServers: [{ name: 'control-1', addresses: ['10.0.0.10', 'fd00::10'] }],
    workers: [{ name: workers, addresses: ['10.0.0.20'] }],
    admins: ['198.51.100.0/24'],
    pods: ['10.244.0.0/16'],
    cni: 'cilium',
    enforce: stacks.cilium(),
  });
};

const policies = 'ciliumclusterwidenetworkpolicies.cilium.io';
const engineFor = (workers: string) =>
  [
    { program: program(workers) },
    { cluster: { kubectl: binaryOf('kubectl'), kubeconfig: controlPlane.kubeconfig } },
  ] as const;

describe(`ClusterFirewall with cilium(), by ${kubernetesProviderUsed}`, () => {
  test('applies policies that the API server takes for valid, labels the nodes, and takes both away again', async () => {
    const labels = async () =>
      JSON.parse(await controlPlane.kubectl('get', 'node', 'control-1', '-o', 'json')).metadata.labels;
    const before = await labels();
    await withPulumi(...engineFor('worker-1'), async (engine) => {
      await engine.preview();
      await engine.up();
      expect((await controlPlane.kubectl('get', policies, '-o', 'name')).trim().split('\n')).toHaveLength(4);
      expect(await labels()).toEqual({
        ...before,
        'casemate/api-servers': 'true',
        'casemate/etcd': 'true',
        'casemate/nodes': 'true',
      });
      expect(Object.keys((await engine.preview()).operations)).toEqual(['same']);
      await engine.destroy();
      expect(await controlPlane.kubectl('get', policies, '-o', 'name')).toBe('');
      expect(await labels()).toEqual(before);
    });
  });

  test('a policy edited by hand shows in a refresh, and the next update puts it right', async () => {
    await withPulumi(...engineFor('worker-1'), async (engine) => {
      await engine.up();
      const open = [{ op: 'add', path: '/spec/ingress/-', value: { fromCIDR: ['0.0.0.0/0'] } }];
      await controlPlane.kubectl('patch', policies, 'casemate-etcd', '--type=json', `--patch=${JSON.stringify(open)}`);
      expect((await engine.refresh()).operations.update).toEqual(['prod-etcd']);
      expect((await engine.up()).operations.update).toEqual(['prod-etcd']);
      expect(await controlPlane.kubectl('get', policies, 'casemate-etcd', '-o', 'yaml')).not.toContain('0.0.0.0/0');
      await engine.destroy();
    });
  });
});
