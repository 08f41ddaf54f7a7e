import { sarif } from '../../reports';
import { exemption, pod, reportOf, text } from './support';

const run = (report: ReturnType<typeof reportOf>) => JSON.parse(text(sarif, report)).runs[0];

test('each result names its rule, and where it is: in the file and among the objects', () => {
  const { tool, results } = run(reportOf(pod));
  const result = results.find(({ ruleId }: { ruleId: string }) => ruleId === 'no-privileged-containers');
  expect(tool.driver.rules[result.ruleIndex].id).toBe('no-privileged-containers');
  expect(result.level).toBe('error');
  expect(result.message.text).toContain('container "app": securityContext.privileged must');
  expect(result.locations).toEqual([
    {
      physicalLocation: { artifactLocation: { uri: 'k8s/web.yaml' }, region: { startLine: 9, startColumn: 25 } },
      logicalLocations: [{ fullyQualifiedName: 'Pod/shop/web', kind: 'resource' }],
    },
  ]);
});

test('rules are those of the profile, each with a text, a level and a score', () => {
  const { rules } = run(reportOf('')).tool.driver;
  expect(rules.length).toBeGreaterThan(10);
  for (const rule of rules) {
    expect(rule).toMatchObject({
      id: expect.stringMatching(/^[a-z-]+$/),
      shortDescription: { text: expect.stringMatching(/\S/) },
      help: { text: expect.stringMatching(/\S/) },
      defaultConfiguration: { level: expect.stringMatching(/^(error|warning|note)$/) },
      properties: { 'security-severity': expect.stringMatching(/^\d\.\d$/) },
    });
  }
});

test('fingerprints stay when lines move or containers change places, and differ between findings', () => {
  const prints = (text: string) =>
    run(reportOf(text))
      .results.map(({ partialFingerprints }: { partialFingerprints: { primaryLocationLineHash: string } }) => {
        return partialFingerprints.primaryLocationLineHash;
      })
      .sort();
  const before = prints(pod);
  expect(new Set(before).size).toBe(2);
  expect(prints(`# moved\n\n${pod}`)).toEqual(before);
  expect(prints(pod.replace('    - name: app', '    - {name: first, image: first}\n    - name: app'))).toEqual(before);
  expect(prints(pod.replace('name: web', 'name: other'))).not.toEqual(before);
});

test('an exemption is a suppression with its reason', () => {
  const { results } = run(reportOf(pod, { exemptions: [exemption] }));
  expect(results[0].suppressions).toEqual([
    { kind: 'external', status: 'accepted', justification: 'shares a ring buffer with the node (until 2027-01-31)' },
  ]);
  expect(results[1].suppressions).toBeUndefined();
});

test('what could not be read is told, and the run was no success', () => {
  const [invocation] = run(reportOf(`${pod}---\na: [\n`)).invocations;
  expect(invocation.executionSuccessful).toBe(false);
  expect(invocation.toolExecutionNotifications[0]).toMatchObject({
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'k8s/web.yaml' } } }],
  });
  expect(run(reportOf(pod)).invocations[0].executionSuccessful).toBe(true);
});

test.each([
  ['-', 'stdin'],
  ['my charts/a#b.yaml', 'my%20charts/a%23b.yaml'],
  ['/srv/a.yaml', 'file:///srv/a.yaml'],
])('the file %s is the URI %s', (file, uri) => {
  const [result] = run(reportOf(pod, {}, file)).results;
  expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
});
