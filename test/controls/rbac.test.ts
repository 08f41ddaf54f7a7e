import { scan } from '../../controls';
import { loadText } from '../../inventory';

const aggregating = (kind: string) =>
  loadText(
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part-of: all}}]}
rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]
`,
    'role.yaml',
  );

test('the rules of an aggregated ClusterRole are a controller’s, and not judged', () => {
  expect(scan(aggregating('ClusterRole')).findings).toEqual([]);
});

test('a Role has no aggregation: the API server drops the field, and the rules are the author’s', () => {
  expect(scan(aggregating('Role')).findings.map(({ control }) => control)).toContain('no-wildcard-rules');
});
