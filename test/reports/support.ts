import { type ScanOptions, scan } from '../../controls';
import { loadText } from '../../inventory';
import type { Formatter, Report } from '../../reports';

/** Two findings for baseline: a high and a medium one. */
export const pod = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostIPC: true
  containers:
    - name: app
      image: app
      securityContext: {privileged: true}
`;

export function reportOf(text: string, options: ScanOptions = {}, file = 'k8s/web.yaml'): Report {
  const inventory = loadText(text, file);
  return { scan: scan(inventory, { profile: 'baseline', day: '2026-12-01', ...options }), inventory, version: '0.1.0' };
}

export function text(format: Formatter, report: Report): string {
  return [...format(report)].join('');
}

export const exemption = {
  control: 'no-host-ipc',
  object: { kind: 'Pod', namespace: 'shop', name: 'web' },
  reason: 'shares a ring buffer with the node',
  until: '2027-01-31',
};
