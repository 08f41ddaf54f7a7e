import { table } from '../../reports';
import { exemption, pod, reportOf, text } from './support';

test('says what is wrong, where, why and what to do, the worst first, and sums up', () => {
  const lines = text(table, reportOf(pod)).split('\n');
  expect(lines).toEqual([
    'k8s/web.yaml',
    '',
    '  Pod shop/web',
    '    high  no-privileged-containers  k8s/web.yaml:9:25  spec.containers[0].securityContext.privileged',
    expect.stringMatching(/^ {6}container "app": securityContext\.privileged must .*, found true$/),
    expect.stringMatching(/^ {6}why {2}\S/),
    expect.stringMatching(/^ {6}do {3}set spec\.containers\[0\]\.securityContext\.privileged/),
    '    medium  no-host-ipc  k8s/web.yaml:5:3  spec.hostIPC',
    expect.stringMatching(/^ {6}hostIPC must .*, found true$/),
    expect.stringMatching(/^ {6}why {2}\S/),
    expect.stringMatching(/^ {6}do {3}\S.*spec\.hostIPC/),
    '',
    expect.stringMatching(
      /^1 object held against \d+ controls \(baseline, Kubernetes 1\.37\): 2 findings \(0 critical, 1 high, 1 medium, 0 low\)$/,
    ),
    '',
  ]);
});

test('says why once for each control', () => {
  const twice = text(table, reportOf(`${pod}---\n${pod.replace('web', 'web2')}`));
  expect(twice.match(/no-host-ipc/g)).toHaveLength(2);
  expect(twice.match(/^ {6}why/gm)).toHaveLength(2);
});

test('objects with worse findings come first', () => {
  const mild = pod.replace('web', 'mild').replace('privileged: true', 'privileged: false');
  const written = text(table, reportOf(`${mild}---\n${pod}`));
  expect(written.indexOf('Pod shop/web')).toBeLessThan(written.indexOf('Pod shop/mild'));
});

test('exemptions are listed with reason and end, apart from findings; so are those that nothing needs', () => {
  const unused = { ...exemption, control: 'no-host-pid' };
  const written = text(table, reportOf(pod, { exemptions: [exemption, unused] }));
  expect(written).toContain(
    'Exempted\n  no-host-ipc  Pod shop/web  until 2027-01-31: shares a ring buffer with the node\n',
  );
  expect(written).toMatch(/Exemptions that nothing needs.*\n {2}no-host-pid {2}Pod shop\/web/);
  expect(written).toMatch(/: 1 finding \(0 critical, 1 high, 0 medium, 0 low\), 1 exempted\n$/);
});

test('an exemption that has ended excuses nothing, and is said to have ended', () => {
  const written = text(table, reportOf(pod, { exemptions: [exemption], day: '2027-02-01' }));
  expect(written).toContain('its exemption ended on 2027-01-31');
  expect(written).toContain('2 findings');
});

test('colour is only there when asked for', () => {
  const report = reportOf(pod);
  expect(text(table, report)).not.toContain('\u001b');
  expect(text(table, { ...report, color: true })).toContain('\u001b[31mhigh\u001b[0m');
});

test('what would steer the terminal is spelled out', () => {
  const hostile = { name: 'x\u001b]0;owned\u0007\r\n\u202e', namespace: '\u009b2J' };
  const manifest = { apiVersion: 'v1', kind: 'Pod\u001b[31m', metadata: hostile, spec: {} };
  const list = { apiVersion: 'v1', kind: 'Pod', metadata: hostile, spec: { hostIPC: true } };
  const written = text(table, reportOf(`${JSON.stringify(manifest)}\n${JSON.stringify(list)}`, {}, 'a\u001b[1m.yaml'));
  expect(written).toContain('x\\u{1b}]0;owned\\u{7}\\u{d}\\u{a}\\u{202e}');
  expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
