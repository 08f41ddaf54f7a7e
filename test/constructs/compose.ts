import { type App, Chart, Testing } from 'cdk8s';
import type { SecureWorkloadProps } from '../../constructs';
import { valueAt } from '../../inventory';

/** A chart in an app whose output goes to a temporary folder. */
export function emptyChart(id = 'test'): Chart {
  return new Chart(Testing.app(), id);
}

export const resources: SecureWorkloadProps['resources'] = {
  cpu: { request: '100m', limit: '300m' },
  memory: { request: '64Mi', limit: '128Mi' },
};

/** Props of a workload that nothing is wrong with. */
export const cartProps: SecureWorkloadProps = { image: 'ghcr.io/acme/cart:1.4.2', port: 7070, resources };

/** The synthesized object of this kind and name. */
export function manifest(chart: Chart, kind: string, name: string): Record<string, unknown> {
  const found = manifests(chart).filter((value) => value.kind === kind && at(value, 'metadata.name') === name);
  if (found.length !== 1) throw new Error(`found ${found.length} of ${kind} ${name}`);
  return found[0] as Record<string, unknown>;
}

export function manifests(chart: Chart): Record<string, unknown>[] {
  return Testing.synth(chart) as Record<string, unknown>[];
}

/** What a value holds at a dotted path. */
export function at(value: unknown, path: string): unknown {
  const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return valueAt(value, steps);
}

export const podSpec = 'spec.template.spec';
export const firstContainer = `${podSpec}.containers.0`;

export function rootOf(chart: Chart): App {
  return chart.node.root as App;
}
