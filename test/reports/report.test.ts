import type { Finding } from '../../controls';
import { fails } from '../../reports';
import { exemption, pod, reportOf } from './support';

const [finding] = reportOf(pod).scan.findings;
const findingWith = (changes: Partial<Finding>): Finding => ({ ...(finding as Finding), ...changes });

test('a finding fails a run at its severity and below', () => {
  const findings = [findingWith({ severity: 'medium' })];
  expect(fails(findings, 'low')).toBe(true);
  expect(fails(findings, 'medium')).toBe(true);
  expect(fails(findings, 'high')).toBe(false);
});

test('an exempted finding fails nothing', () => {
  expect(fails([findingWith({ exemption })], 'low')).toBe(false);
});

test('a control that could not be evaluated fails every run', () => {
  expect(fails([findingWith({ severity: 'low', verdict: 'error' })], 'critical')).toBe(true);
});
