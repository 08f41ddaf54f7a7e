import * as kplus from 'cdk8s-plus-27';
import {
  type AllowRule,
  exemptionsOf,
  HardenedNamespace,
  LeastPrivilegeRole,
  type LeastPrivilegeRoleProps,
  SecureDeployment,
} from '../../constructs';
import { counts, scan } from '../../controls';
import { fromCharts } from '../../inventory';
import { at, cartProps, emptyChart, manifest, podSpec, rootOf } from './compose';

function shop() {
  const chart = emptyChart();
  const namespace = new HardenedNamespace(chart, 'shop');
  return { chart, namespace, cart: new SecureDeployment(namespace, 'cart', cartProps) };
}

function roleWith(...allow: [AllowRule, ...AllowRule[]]) {
  const { chart, namespace, cart } = shop();
  new LeastPrivilegeRole(namespace, 'cart-flags', { to: cart, allow });
  return { chart, rules: () => manifest(chart, 'Role', 'cart-flags').rules };
}

const acknowledge = { reason: 'reviewed by the security team', until: '2099-01-01' };

test('a role allows what is named, and is bound to the workload’s service account', () => {
  const { chart, rules } = roleWith({ verbs: ['get', 'watch'], resource: 'configmaps', names: ['flags'] });
  expect(rules()).toEqual([
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'watch'], resourceNames: ['flags'] },
  ]);
  expect(manifest(chart, 'RoleBinding', 'cart-flags')).toMatchObject({
    metadata: { namespace: 'shop' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'cart-flags' },
    subjects: [{ kind: 'ServiceAccount', name: 'cart', namespace: 'shop' }],
  });
});

test('the workload gets its token, because without it the role would be of no use', () => {
  const { chart, namespace, cart } = shop();
  const mounts = () => at(manifest(chart, 'Deployment', 'cart'), `${podSpec}.automountServiceAccountToken`);
  expect(mounts()).toBe(false);
  new LeastPrivilegeRole(namespace, 'role', { to: cart, allow: [{ verbs: ['get'], resource: 'configmaps' }] });
  expect(mounts()).toBe(true);
  expect(scan(fromCharts([chart])).findings.filter(({ control }) => control.includes('service-account'))).toEqual([]);
});

test('API groups are known for Kubernetes’ own resources, and named for others', () => {
  const { rules } = roleWith(
    { verbs: ['get'], resource: 'deployments' },
    { verbs: ['update'], resource: 'leases' },
    { verbs: ['list'], resource: 'certificates', apiGroup: 'cert-manager.io' },
  );
  expect((rules() as { apiGroups: string[] }[]).map(({ apiGroups }) => apiGroups)).toEqual([
    ['apps'],
    ['coordination.k8s.io'],
    ['cert-manager.io'],
  ]);
});

describe('grantees', () => {
  const subjects = (to: LeastPrivilegeRoleProps['to']) => {
    const { chart, namespace } = shop();
    new LeastPrivilegeRole(namespace, 'role', { to, allow: [{ verbs: ['get'], resource: 'configmaps' }] });
    return manifest(chart, 'RoleBinding', 'role').subjects;
  };

  test('may be people', () => {
    const apiGroup = 'rbac.authorization.k8s.io';
    expect(subjects({ group: 'developers' })).toEqual([{ apiGroup, kind: 'Group', name: 'developers' }]);
    expect(subjects({ user: 'ada' })).toEqual([{ apiGroup, kind: 'User', name: 'ada' }]);
  });

  test('may be a service account of another namespace', () => {
    const chart = emptyChart();
    const account = new kplus.ServiceAccount(new HardenedNamespace(chart, 'ci'), 'deployer', {
      metadata: { name: 'deployer' },
    });
    expect(subjects(account)).toEqual([{ kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' }]);
  });

  test.each([
    'system:masters',
    'system:authenticated',
    'system:unauthenticated',
    'system:serviceaccounts',
    'system:serviceaccounts:shop',
    '',
  ])('may not be the group %j', (group) => {
    expect(() => subjects({ group })).toThrow(
      `test/shop/role: to.group is "${group}", expected some people, not everybody`,
    );
  });

  test('may not be the default service account', () => {
    const { chart, namespace } = shop();
    const plain = new kplus.Deployment(namespace, 'plain', {
      automountServiceAccountToken: true,
      containers: [{ image: 'plain:1' }],
    });
    expect(
      () => new LeastPrivilegeRole(chart, 'role', { to: plain, allow: [{ verbs: ['get'], resource: 'pods' }] }),
    ).toThrow(
      'test/role: to is the default service account, which every pod without one shares; give test/shop/plain its own',
    );
  });
});

describe('what is too wide is refused at run time too, for programs that are not typed', () => {
  test.each<[unknown, string]>([
    [{ verbs: ['*'], resource: 'pods' }, 'test/shop/cart-flags: allow[0].verbs has "*", expected some of get, list'],
    [{ verbs: ['escalate'], resource: 'roles' }, 'allow[0].verbs has "escalate"'],
    [{ verbs: ['bind'], resource: 'roles' }, 'allow[0].verbs has "bind"'],
    [{ verbs: ['impersonate'], resource: 'users' }, 'allow[0].verbs has "impersonate"'],
    [{ verbs: [], resource: 'pods' }, 'allow[0].verbs is empty'],
    [{ verbs: ['get'], resource: '*' }, 'allow[0].resource is "*", expected one resource by its plural name'],
    [{ verbs: ['get'], resource: '*/scale' }, 'allow[0].resource is "*/scale"'],
    [
      { verbs: ['get'], resource: 'things' },
      'allow[0].resource is "things", which Kubernetes does not have; name the apiGroup',
    ],
    [
      { verbs: ['get'], resource: 'things', apiGroup: '*' },
      'allow[0].apiGroup is "*", expected the name of one API group',
    ],
    [
      { verbs: ['get'], resource: 'configmaps', names: [] },
      'allow[0].names is empty, which Kubernetes reads as all names',
    ],
    [
      { verbs: ['get'], resource: 'configmaps', names: ['flag*'] },
      'allow[0].names has "flag*", expected names in full',
    ],
    [
      { verbs: ['get', 'create'], resource: 'configmaps', names: ['flags'] },
      'allow[0].names cannot restrict create: when Kubernetes authorizes it, no object’s name is known'.replace(
        '’',
        "'",
      ),
    ],
  ])('%j', (rule, message) => {
    expect(() => roleWith(rule as AllowRule)).toThrow(message);
  });
});

describe('what leads to more rights', () => {
  test.each<[AllowRule, string]>([
    [{ verbs: ['get', 'list'], resource: 'secrets' }, 'get, list on secrets reads every secret it covers'],
    [{ verbs: ['get'], resource: 'secrets', names: ['db'] }, 'reads every secret it covers'],
    [{ verbs: ['create'], resource: 'pods' }, 'runs pods as any service account of the namespace'],
    [{ verbs: ['patch'], resource: 'deployments' }, 'runs pods as any service account'],
    [{ verbs: ['create'], resource: 'cronjobs' }, 'runs pods as any service account'],
    [{ verbs: ['create'], resource: 'pods/exec' }, 'runs commands inside of pods'],
    [{ verbs: ['get'], resource: 'pods/portforward' }, 'reaches pods past their network policies'],
    [{ verbs: ['create'], resource: 'serviceaccounts/token' }, 'makes tokens of service accounts'],
    [{ verbs: ['create'], resource: 'rolebindings' }, 'changes who may do what'],
    [{ verbs: ['delete'], resource: 'networkpolicies' }, 'opens the network of pods'],
  ])('%j needs a reason', (rule, danger) => {
    expect(() => roleWith(rule)).toThrow(danger);
    expect(() => roleWith(rule)).toThrow('leave it out, or say why it is needed with acknowledge: { reason, until }');
    expect(roleWith({ ...rule, acknowledge } as AllowRule).rules()).toHaveLength(1);
  });

  test('once acknowledged is exempted from the controls that object to it, with the reason', () => {
    const { chart } = roleWith({ verbs: ['create'], resource: 'pods/exec', acknowledge });
    const exemptions = exemptionsOf(rootOf(chart));
    expect(exemptions).toEqual([
      {
        control: 'no-pod-exec',
        object: { kind: 'Role', namespace: 'shop', name: 'cart-flags' },
        ...acknowledge,
        construct: 'test/shop/cart-flags',
      },
    ]);
    const found = scan(fromCharts([chart]), { exemptions }).findings.filter(({ object }) => object.kind === 'Role');
    expect(found.map(({ control }) => control)).toEqual(['no-pod-exec']);
    expect(found.some(counts)).toBe(false);
  });

  test('acknowledged in two rules is exempted until the earlier day, with both reasons', () => {
    const { chart } = roleWith(
      { verbs: ['create'], resource: 'pods/exec', acknowledge },
      { verbs: ['create'], resource: 'pods/attach', acknowledge: { reason: 'debugging', until: '2098-01-01' } },
    );
    const [exemption, ...more] = exemptionsOf(rootOf(chart));
    expect(more).toEqual([]);
    expect(exemption).toMatchObject({ reason: `${acknowledge.reason}; debugging`, until: '2098-01-01' });
  });

  test('does not excuse another rule that the same control objects to', () => {
    const unlisted = { verbs: ['create'], resource: 'nodes/proxy', apiGroup: '' } as unknown as AllowRule;
    const { chart } = roleWith(unlisted, { ...unlisted, acknowledge } as AllowRule);
    expect(exemptionsOf(rootOf(chart))).toEqual([]);
    expect(scan(fromCharts([chart])).findings.map(({ control }) => control)).toContain('no-node-proxy');
  });

  test('needs a reason that says something, until a day to come', () => {
    const rule = { verbs: ['create'], resource: 'pods/exec' } as const;
    expect(() => roleWith({ ...rule, acknowledge: { reason: ' ', until: '2099-01-01' } })).toThrow(
      'test/shop/cart-flags: allow[0].acknowledge: reason is " "',
    );
    expect(() => roleWith({ ...rule, acknowledge: { reason: 'x', until: '2020-01-01' } })).toThrow(
      'allow[0].acknowledge: until is "2020-01-01", expected today',
    );
  });
});

/** Checked by the compiler: each line below a `@ts-expect-error` must not compile. Never called. */
export function wildcardsDoNotCompile(scope: HardenedNamespace, cart: SecureDeployment): void {
  const role = (allow: AllowRule) => new LeastPrivilegeRole(scope, 'role', { to: cart, allow: [allow] });
  role({ verbs: ['get'], resource: 'configmaps' });
  role({ verbs: ['get'], resource: 'certificates', apiGroup: 'cert-manager.io' });
  // @ts-expect-error a wildcard is no verb
  role({ verbs: ['*'], resource: 'configmaps' });
  // @ts-expect-error escalate gives oneself rights
  role({ verbs: ['escalate'], resource: 'roles' });
  // @ts-expect-error bind gives oneself rights
  role({ verbs: ['bind'], resource: 'roles' });
  // @ts-expect-error impersonate makes one somebody else
  role({ verbs: ['impersonate'], resource: 'serviceaccounts' });
  // @ts-expect-error at least one verb
  role({ verbs: [], resource: 'configmaps' });
  // @ts-expect-error a wildcard is no resource
  role({ verbs: ['get'], resource: '*' });
  // @ts-expect-error a wildcard is no resource of any group
  role({ verbs: ['get'], resource: '*', apiGroup: 'cert-manager.io' });
  // @ts-expect-error all scales are a wildcard
  role({ verbs: ['get'], resource: '*/scale', apiGroup: 'example.com' });
  // @ts-expect-error a wildcard is no group
  role({ verbs: ['get'], resource: 'certificates', apiGroup: '*' });
  // @ts-expect-error a group must be named for a resource that is not Kubernetes' own
  role({ verbs: ['get'], resource: 'certificates' });
  // @ts-expect-error an empty list of names would be all of them
  role({ verbs: ['get'], resource: 'configmaps', names: [] });
  // @ts-expect-error a role without rules is of no use
  new LeastPrivilegeRole(scope, 'role', { to: cart, allow: [] });
}
