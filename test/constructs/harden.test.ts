import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Include, JsonPatch, Lazy, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  exempt,
  HardenedNamespace,
  harden,
  KUBERNETES_CONTEXT,
  PROFILE_CONTEXT,
  SecureDeployment,
} from '../../constructs';
import { scan } from '../../controls';
import { fromCharts, loadText } from '../../inventory';
import { at, cartProps, emptyChart, firstContainer, manifest, podSpec, rootOf } from './compose';

const vendor = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: '0 0 * * *'
  jobTemplate: {spec: {template: {spec: {hostNetwork: true, containers: [{name: report, image: 'vendor/report:1'}]}}}}
`;

test('harden covers what is composed below, before and after the call, whatever made it', () => {
  const chart = emptyChart();
  const before = new kplus.Deployment(chart, 'before', { containers: [{ image: 'before:1' }] });
  harden(chart);
  const after = new kplus.Deployment(chart, 'after', { containers: [{ image: 'after:1' }] });
  const file = join(rootOf(chart).outdir, 'vendor.yaml');
  writeFileSync(file, vendor);
  new Include(chart, 'vendor', { url: file });

  for (const { name } of [before, after]) {
    const deployment = manifest(chart, 'Deployment', name);
    expect(at(deployment, `${podSpec}.securityContext.seccompProfile.type`)).toBe('RuntimeDefault');
    expect(at(deployment, `${firstContainer}.securityContext.capabilities.drop`)).toEqual(['ALL']);
  }
  const pod = at(manifest(chart, 'CronJob', 'report'), 'spec.jobTemplate.spec.template.spec');
  expect(at(pod, 'containers.0.securityContext.allowPrivilegeEscalation')).toBe(false);
  expect(at(pod, 'hostNetwork')).not.toBe(true);
});

test('what is not hardened is synthesized byte for byte as cdk8s does', () => {
  const compose = () => {
    const chart = emptyChart();
    new kplus.Deployment(chart, 'plain', { containers: [{ image: 'plain:1' }] });
    return chart;
  };
  const untouched = compose();
  const beside = compose();
  harden(new kplus.Deployment(beside, 'hardened', { containers: [{ image: 'hardened:1' }] }));
  expect(JSON.stringify(Testing.synth(beside)[0])).toBe(JSON.stringify(Testing.synth(untouched)[0]));
});

test('changes, patches and lazy values made later are hardened too', () => {
  const chart = emptyChart();
  const pod = new ApiObject(chart, 'pod', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: Lazy.any({ produce: () => ({ hostPID: true, containers: [{ name: 'app', image: 'app:1' }] }) }),
  });
  harden(chart);
  pod.addJsonPatch(JsonPatch.add('/spec/hostIPC', true));
  const { spec } = manifest(chart, 'Pod', 'pod');
  expect(at(spec, 'hostPID')).not.toBe(true);
  expect(at(spec, 'hostIPC')).not.toBe(true);
});

test.each([
  ['App.synthYaml', (app: ReturnType<typeof rootOf>) => app.synthYaml()],
  ['Testing.synth', (app: ReturnType<typeof rootOf>) => JSON.stringify(Testing.synth(app.charts[0] as never))],
  ['fromCharts', (app: ReturnType<typeof rootOf>) => JSON.stringify(fromCharts(app.charts).objects)],
])('%s hardens', (_, synthesize) => {
  const chart = emptyChart();
  harden(chart);
  new kplus.Deployment(chart, 'app', { containers: [{ image: 'app:1' }] });
  expect(synthesize(rootOf(chart))).toContain('RuntimeDefault');
});

test('hardening again changes nothing', () => {
  const chart = emptyChart();
  harden(chart);
  harden(chart);
  new kplus.Deployment(chart, 'app', { containers: [{ image: 'app:1' }] });
  const first = JSON.stringify(Testing.synth(chart));
  expect(JSON.stringify(Testing.synth(chart))).toBe(first);
});

test('fixes about one kind of object leave the others alone', () => {
  const chart = emptyChart();
  harden(chart);
  new kplus.ConfigMap(chart, 'flags', { metadata: { name: 'flags' }, data: { a: 'b' } });
  expect(manifest(chart, 'ConfigMap', 'flags').metadata).toEqual({ name: 'flags' });
});

test('an exempted control is not applied, and only that one', () => {
  const chart = emptyChart();
  harden(chart);
  const app = new kplus.Deployment(chart, 'app', { containers: [{ image: 'app:1' }] });
  exempt(app, 'seccomp-profile', { reason: 'the runtime has none', until: '2099-01-01' });
  const deployment = manifest(chart, 'Deployment', app.name);
  expect(at(deployment, `${podSpec}.securityContext.seccompProfile`)).toBeUndefined();
  expect(at(deployment, `${firstContainer}.securityContext.capabilities.drop`)).toEqual(['ALL']);
});

test('the profile of the context decides what is hardened', () => {
  const chart = emptyChart();
  chart.node.setContext(PROFILE_CONTEXT, 'baseline');
  harden(chart);
  const app = new kplus.Deployment(chart, 'app', { containers: [{ image: 'app:1' }] });
  expect(at(manifest(chart, 'Deployment', app.name), `${podSpec}.securityContext.seccompProfile`)).toBeUndefined();
});

test('a context that names no profile or version is an error that lists them', () => {
  const chart = emptyChart();
  chart.node.setContext(PROFILE_CONTEXT, 'strict');
  harden(chart);
  new kplus.Deployment(chart, 'app', { containers: [{ image: 'app:1' }] });
  expect(() => Testing.synth(chart)).toThrow(/unknown profile "strict": expected baseline, restricted, hardened/);

  const other = emptyChart();
  other.node.setContext(KUBERNETES_CONTEXT, '2.0');
  expect(() => new HardenedNamespace(other, 'shop')).toThrow(/unknown Kubernetes version "2.0"/);
});

describe('a setting weaker than a control allows', () => {
  const weakened = (chart = emptyChart()) => {
    const cart = new SecureDeployment(chart, 'cart', {
      ...cartProps,
      hostNetwork: true,
      containerSecurityContext: { privileged: true },
    });
    return { chart, cart };
  };

  test('is kept on casemate’s own constructs, and found by the controls', () => {
    const { chart } = weakened();
    expect(at(manifest(chart, 'Deployment', 'cart'), `${podSpec}.hostNetwork`)).toBe(true);
    const { findings } = scan(fromCharts([chart]));
    const ids = findings.map(({ control }) => control);
    expect(ids).toEqual(expect.arrayContaining(['no-host-network', 'no-privileged-containers']));
  });

  test('is replaced where somebody hardens plain constructs', () => {
    const chart = emptyChart();
    harden(chart);
    const app = new kplus.Deployment(chart, 'app', {
      hostNetwork: true,
      containers: [{ image: 'app:1', securityContext: { privileged: true, allowPrivilegeEscalation: true } }],
    });
    const deployment = manifest(chart, 'Deployment', app.name);
    expect(at(deployment, `${podSpec}.hostNetwork`)).not.toBe(true);
    expect(at(deployment, `${firstContainer}.securityContext.privileged`)).not.toBe(true);
  });
});

test('everything composed in a hardened namespace holds, digests aside', () => {
  const chart = emptyChart();
  const shop = new HardenedNamespace(chart, 'shop');
  new SecureDeployment(shop, 'cart', { ...cartProps, probe: { grpc: 7070 }, writable: { '/tmp': '16Mi' } });
  const { findings } = scan(loadText(rootOf(chart).synthYaml(), 'all.yaml'));
  expect(findings.filter(({ control }) => control !== 'image-digest').map(({ message }) => message)).toEqual([]);
});
