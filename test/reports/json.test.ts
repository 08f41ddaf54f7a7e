import Ajv from 'ajv/dist/2020';
import { ApiObject, Testing } from 'cdk8s';
import { scan } from '../../controls';
import { fromCharts } from '../../inventory';
import { json } from '../../reports';
import schema from '../../reports/schema/scan.json';
import { exemption, pod, reportOf, text } from './support';

const validate = new Ajv({ formats: { date: /^\d{4}-\d{2}-\d{2}$/ } }).compile(schema);
const parsed = (report: ReturnType<typeof reportOf>) => JSON.parse(text(json, report));

test('a finding says what, where and what to do', () => {
  const { findings, summary, ...head } = parsed(reportOf(pod));
  expect(head).toEqual({ version: '0.1.0', kubernetes: '1.37', profile: 'baseline' });
  expect(findings).toHaveLength(2);
  expect(findings[1]).toEqual({
    control: 'no-privileged-containers',
    severity: 'high',
    verdict: 'fails',
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
    path: 'spec.containers[0].securityContext.privileged',
    at: { file: 'k8s/web.yaml', line: 9, column: 25, construct: null },
    message: expect.stringContaining('container "app": securityContext.privileged must'),
    fix: expect.stringContaining('spec.containers[0].securityContext.privileged'),
    exemption: null,
  });
  expect(summary).toEqual({
    objects: 1,
    documents: 1,
    findings: { critical: 0, high: 1, medium: 1, low: 0 },
    exempted: 0,
  });
});

test('an exempted finding is listed with its exemption, and does not count', () => {
  const { findings, summary } = parsed(reportOf(pod, { exemptions: [exemption] }));
  expect(findings[0].exemption).toEqual({ reason: exemption.reason, until: exemption.until });
  expect(summary).toMatchObject({ findings: { high: 1, medium: 0 }, exempted: 1 });
});

test.each([
  ['findings', () => reportOf(pod)],
  ['exemptions', () => reportOf(pod, { exemptions: [exemption] })],
  ['nothing', () => reportOf('')],
  ['no namespace', () => reportOf(pod.replace(', namespace: shop', ''))],
  ['charts', () => reportOfChart()],
])('the published schema holds with %s', (_, report) => {
  validate(parsed(report()));
  expect(validate.errors).toBeNull();
});

test('the published schema does not hold for what is incomplete', () => {
  const { summary, ...rest } = parsed(reportOf(pod));
  expect(validate(rest)).toBe(false);
  expect(validate({ ...rest, summary: { ...summary, exempted: '0' } })).toBe(false);
  expect(validate({ ...rest, summary, findings: [{ ...rest.findings[0], verdict: 'holds' }] })).toBe(false);
});

test('findings of constructs name the construct, and no line', () => {
  expect(parsed(reportOfChart()).findings[0].at).toEqual({ file: 'test', line: 0, column: 0, construct: 'test/web' });
});

test('nothing in a name steers a terminal, and the value is the same', () => {
  const name = 'a\u001b[2J\u009b1m\u202e\u{e0041}';
  const report = reportOf(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { hostIPC: true } }),
  );
  const written = text(json, report);
  expect(written).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(JSON.parse(written).findings[0].object.name).toBe(name);
});

function reportOfChart() {
  const chart = Testing.chart();
  new ApiObject(chart, 'web', { apiVersion: 'v1', kind: 'Pod', spec: { hostIPC: true, containers: [] } });
  const inventory = fromCharts([chart]);
  return { scan: scan(inventory, { profile: 'baseline' }), inventory, version: '0.1.0' };
}
