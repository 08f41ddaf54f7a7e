import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaults, loadConfig, parseConfig } from '../../controls/config';

const exemption = `exemptions:
  - control: no-host-path
    object: {kind: DaemonSet, namespace: kube-system, name: logs}
    reason: reads the node's logs
    until: 2027-03-01
`;

test('every field may be given', () => {
  expect(parseConfig(`profile: baseline\nkubernetes: "1.36"\nfailOn: high\n${exemption}`, 'casemate.yaml')).toEqual({
    profile: 'baseline',
    kubernetes: '1.36',
    failOn: 'high',
    exemptions: [
      {
        control: 'no-host-path',
        object: { kind: 'DaemonSet', namespace: 'kube-system', name: 'logs' },
        reason: "reads the node's logs",
        until: '2027-03-01',
      },
    ],
  });
});

test.each(['', '# nothing yet\n', '{}'])('%j means the defaults', (text) => {
  expect(parseConfig(text, 'casemate.yaml')).toEqual(defaults);
});

test.each([
  [
    'profil: baseline',
    'casemate.yaml:1:1: found the unknown field "profil", expected profile, kubernetes, failOn, exemptions',
  ],
  ['__proto__: {}', 'casemate.yaml:1:1: found the unknown field "__proto__"'],
  ['- profile', 'casemate.yaml:1:1: found a list, expected a mapping'],
  [
    '# why\nprofile: strict',
    'casemate.yaml:2:1: profile: unknown profile "strict": expected baseline, restricted, hardened',
  ],
  ['kubernetes: 1.30', 'casemate.yaml:1:1: kubernetes is the number 1.3, expected a text: write it in quotes'],
  ['kubernetes: "2.0"', 'casemate.yaml:1:1: kubernetes: unknown Kubernetes version "2.0"'],
  ['failOn: [high]', 'casemate.yaml:1:1: failOn is a list, expected a text'],
  ['failOn: worst', 'casemate.yaml:1:1: failOn: unknown severity "worst": expected critical, high, medium, low'],
  ['exemptions: all', 'casemate.yaml:1:1: exemptions is the string "all", expected a list'],
  ['profile: baseline\nprofile: hardened', 'casemate.yaml:2:1: the key "profile" comes twice'],
  ['profile: baseline\n---\nprofile: hardened', 'expected only one'],
  ['profile: [', 'casemate.yaml:'],
])('%j is refused: %s', (text, message) => {
  expect(() => parseConfig(text, 'casemate.yaml')).toThrow(RangeError);
  expect(() => parseConfig(text, 'casemate.yaml')).toThrow(message);
});

test.each([
  ['no-host-path', 'no-host-paths', 'control is "no-host-paths", expected the id of a control'],
  ['reason: reads', 'reasons: reads', 'reasons'],
  ['2027-03-01', '2027-02-30', 'until is "2027-02-30", expected a day, as YYYY-MM-DD'],
  ['until: 2027-03-01', '', 'until is absent'],
  ['kind: DaemonSet, ', '', 'object.kind is absent'],
])('an exemption with %s made %j is refused where it stands', (from, to, message) => {
  const read = () => parseConfig(exemption.replace(from, to), 'casemate.yaml');
  expect(read).toThrow(/^casemate\.yaml:2:5: /);
  expect(read).toThrow(message);
});

test('a file is read, and named where it cannot be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'casemate-config-'));
  const file = join(folder, 'casemate.yaml');
  expect(() => loadConfig(file)).toThrow(`${file}: cannot be read`);
  writeFileSync(file, 'profile: restricted');
  expect(loadConfig(file).profile).toBe('restricted');
});
