import { type Exemption, select } from '../../../controls';
import { compile } from '../../../controls/cel';
import { admissionManifests } from '../../../gates/admission';
import { workloads } from '../../../gates/admission/workloads';
import { type JsonObject, podLocations } from '../../../inventory';
import { failuresOf, matches, type PolicySpec, specOf } from './policies';

const selection = select('hardened');
const manifests = admissionManifests(selection);
const name = (manifest: JsonObject) => (manifest.metadata as { name: string }).name;
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const control = 'no-privileged-containers';
const policy = `casemate-${control}`;

const deployment = (privileged: boolean, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'shop', ...metadata },
  spec: {
    replicas: 1,
    template: { spec: { containers: [{ name: 'app', image: 'app', securityContext: { privileged } }] } },
  },
});

const made = (kind: string, owner: string, ownerName: string, namespace = 'shop'): JsonObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'made', namespace, ownerReferences: [{ kind: owner, name: ownerName, controller: true }] },
  spec: {},
});

describe('admission policies', () => {
  test('are one for each control, with a binding, in the order of their ids', () => {
    const expected = selection.objectControls.map((one) => `casemate-${one.control.id}`).sort();
    expect(ofKind('ValidatingAdmissionPolicy').map(name)).toEqual(expected);
    expect(ofKind('ValidatingAdmissionPolicyBinding').map(name)).toEqual(expected);
  });

  test('mutate for each control that has a fix', () => {
    const expected = selection.objectControls
      .filter(({ clauses }) => clauses.some(({ clause }) => clause.fix !== undefined))
      .map((one) => `casemate-${one.control.id}`)
      .sort();
    expect(ofKind('MutatingAdmissionPolicy').map(name)).toEqual(expected);
    expect(ofKind('MutatingAdmissionPolicyBinding').map(name)).toEqual(expected);
  });

  test('are the same text every time', () => {
    expect(JSON.stringify(admissionManifests(selection))).toBe(JSON.stringify(manifests));
  });

  test('have no parameters', () => {
    expect(JSON.stringify(manifests)).not.toMatch(/"param(Kind|Ref)"/);
  });

  test('hold only CEL that parses', () => {
    const variables = ['object', 'oldObject', 'request', 'variables', 'jsonpatch'];
    const expressions = [...JSON.stringify(manifests).matchAll(/"(?:messageE|e)xpression":("(?:[^"\\]|\\.)*")/g)];
    expect(expressions.length).toBeGreaterThan(200);
    for (const [, text = ''] of expressions) {
      const expression = JSON.parse(text) as string;
      if (!expression.includes('JSONPatch{')) expect(() => compile(expression, { variables })).not.toThrow();
    }
  });

  test('deny unless told otherwise', () => {
    const bound = (list: readonly JsonObject[]) =>
      list.find(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')?.spec;
    expect(bound(manifests)).toMatchObject({ validationActions: ['Deny'] });
    expect(bound(admissionManifests(selection, { actions: ['Warn', 'Audit'] }))).toMatchObject({
      validationActions: ['Warn', 'Audit'],
    });
  });

  test.each([[[]], [['Deny', 'Warn'] as const]])('cannot do %j', (actions) => {
    expect(() => admissionManifests(selection, { actions })).toThrow(/^actions are .*, expected at least one/);
  });

  test.each(['Casemate-', '-', 'a_', `${'a'.repeat(250)}-`])('cannot be named %s…', (prefix) => {
    expect(() => admissionManifests(selection, { prefix })).toThrow(/^a policy would be named "/);
  });

  test('do not mutate before Kubernetes 1.36, nor where that is not wanted', () => {
    const kinds = (list: readonly JsonObject[]) => new Set(list.map(({ kind }) => kind));
    const validating = new Set(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);
    expect(kinds(admissionManifests(select('hardened', '1.35')))).toEqual(validating);
    expect(kinds(admissionManifests(selection, { mutate: false }))).toEqual(validating);
    expect(kinds(admissionManifests(select('hardened', '1.36'))).size).toBe(4);
  });

  test('leave alone the namespaces that are excluded', () => {
    const [, binding] = admissionManifests(selection, { excludedNamespaces: ['infra'] });
    expect(binding?.spec).toMatchObject({
      matchResources: {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['infra'] }],
        },
      },
    });
    const [, everywhere] = admissionManifests(selection, { excludedNamespaces: [] });
    expect(everywhere?.spec).not.toHaveProperty('matchResources');
  });

  test('as static manifests have the names that the API server reserves for those', () => {
    for (const manifest of admissionManifests(selection, { staticManifests: true })) {
      expect(name(manifest)).toMatch(/\.static\.k8s\.io$/);
      const { policyName = name(manifest) } = manifest.spec as { policyName?: string };
      expect(policyName).toBe(name(manifest));
    }
  });
});

describe('a validating policy', () => {
  const spec = specOf(manifests, 'ValidatingAdmissionPolicy', policy);

  test('names the container, the field and what it must be', () => {
    expect(failuresOf(spec, { object: deployment(false) })).toEqual([]);
    expect(failuresOf(spec, { object: deployment(true) })).toEqual([
      'container "app": securityContext.privileged must be false',
    ]);
  });

  test('names an element by those around it', () => {
    const ports = specOf(manifests, 'ValidatingAdmissionPolicy', 'casemate-no-host-ports');
    const containers = [{ name: 'app', ports: [{ containerPort: 80, hostPort: 80 }, { containerPort: 81 }] }];
    expect(failuresOf(ports, { object: { kind: 'Pod', metadata: {}, spec: { containers } } })).toEqual([
      expect.stringMatching(/^container "app" port "80": hostPort must be absent/),
    ]);
  });

  test.each(workloads)('finds the pod of a $kind, as the inventory does', ({ group, kind, template }) => {
    const containers = [{ name: 'app', securityContext: { privileged: true } }];
    const pod: JsonObject = { spec: { containers } };
    const nested = template.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), pod);
    const object = { ...nested, apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, metadata: {} };
    expect(failuresOf(spec, { object })).toHaveLength(1);
    expect(podLocations(object.apiVersion, kind, object).map(({ spec: path }) => path)).toEqual([
      [...template, 'spec'],
    ]);
  });

  test('lets an update pass that changes nothing of what is judged', () => {
    const before = deployment(true);
    const update = (object: JsonObject) => matches(spec, { object, oldObject: before, operation: 'UPDATE' });
    expect(update(deployment(true, { labels: { team: 'shop' }, finalizers: [] }))).toBe(false);
    expect(update({ ...before, spec: { ...(before.spec as JsonObject), replicas: 9 } })).toBe(false);
    expect(update(deployment(false))).toBe(true);
    expect(matches(spec, { object: before })).toBe(true);
  });

  test('judges labels where the control is about them', () => {
    const labels = specOf(manifests, 'ValidatingAdmissionPolicy', 'casemate-pod-security-labels');
    const namespace = (level: string, phase: string): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': level } },
      status: { phase },
    });
    const oldObject = namespace('baseline', 'Active');
    const update = (object: JsonObject) => matches(labels, { object, oldObject, operation: 'UPDATE' });
    expect(update(namespace('privileged', 'Active'))).toBe(true);
    expect(update(namespace('baseline', 'Terminating'))).toBe(false);
  });

  test('lets Kubernetes write its own roles', () => {
    const roles = specOf(manifests, 'ValidatingAdmissionPolicy', 'casemate-no-wildcard-rules');
    const object = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'admin' } };
    for (const username of [
      'system:apiserver',
      'system:serviceaccount:kube-system:clusterrole-aggregation-controller',
    ]) {
      expect(matches(roles, { object, username })).toBe(false);
    }
    expect(matches(roles, { object, username: 'kubernetes-admin' })).toBe(true);
  });

  test('matches the subresources by which containers change', () => {
    const resources = (id: string) =>
      specOf<{ matchConstraints: { resourceRules: { resources: string[] }[] } }>(
        manifests,
        'ValidatingAdmissionPolicy',
        `casemate-${id}`,
      ).matchConstraints.resourceRules.flatMap((rule) => rule.resources);
    expect(resources(control)).toContain('pods/ephemeralcontainers');
    expect(resources(control)).not.toContain('pods/resize');
    expect(resources('memory-limit')).toContain('pods/resize');
  });
});

describe('an exemption', () => {
  const exempt = (kind: string, more: Partial<Exemption> = {}): Exemption => ({
    control,
    object: { kind, namespace: 'shop', name: 'cart' },
    reason: 'talks to a device',
    until: '2026-12-31',
    ...more,
  });
  const withExemptions = (...exemptions: Exemption[]): PolicySpec =>
    specOf(admissionManifests(selection, { exemptions, day: '2026-12-31' }), 'ValidatingAdmissionPolicy', policy);
  const user = (controller: string) => `system:serviceaccount:kube-system:${controller}`;

  test('is about one object of one control', () => {
    const spec = withExemptions(exempt('Deployment'));
    expect(matches(spec, { object: deployment(true) })).toBe(false);
    expect(matches(spec, { object: deployment(true, { name: 'cart-2' }) })).toBe(true);
    expect(matches(spec, { object: deployment(true, { namespace: 'bank' }) })).toBe(true);
    const others = admissionManifests(selection, { exemptions: [exempt('Deployment')], day: '2026-12-31' }).filter(
      (manifest) => name(manifest) !== policy,
    );
    expect(others).toEqual(manifests.filter((manifest) => name(manifest) !== policy));
  });

  test('covers what controllers make of the object', () => {
    const spec = withExemptions(exempt('Deployment'));
    const replicaSet = made('ReplicaSet', 'Deployment', 'cart');
    expect(matches(spec, { object: replicaSet, username: user('deployment-controller') })).toBe(false);
    expect(matches(spec, { object: replicaSet, username: 'system:kube-controller-manager' })).toBe(false);
    const pod = made('Pod', 'ReplicaSet', 'cart-5d4f8b7c9');
    expect(matches(spec, { object: pod, username: user('replicaset-controller') })).toBe(false);
  });

  test('covers nobody who only says that the object owns it', () => {
    const spec = withExemptions(exempt('Deployment'));
    const pod = made('Pod', 'ReplicaSet', 'cart-5d4f8b7c9');
    for (const username of ['mallory', user('job-controller'), 'system:serviceaccount:shop:replicaset-controller']) {
      expect(matches(spec, { object: pod, username })).toBe(true);
    }
  });

  test.each([
    ['another name', made('Pod', 'ReplicaSet', 'cart-v2-5d4f8b7c9')],
    ['another namespace', made('Pod', 'ReplicaSet', 'cart-5d4f8b7c9', 'bank')],
    ['another kind', made('Pod', 'StatefulSet', 'cart-5d4f8b7c9')],
    ['a name without a hyphen', made('Pod', 'ReplicaSet', 'cart')],
  ])('does not cover what is made of an owner of %s', (_, object) => {
    expect(matches(withExemptions(exempt('Deployment')), { object, username: user('replicaset-controller') })).toBe(
      true,
    );
  });

  test('counts on its last day, and is left out after it', () => {
    const conditions = (until: string) => withExemptions(exempt('Deployment', { until })).matchConditions.length;
    expect(conditions('2026-12-31')).toBeGreaterThan(conditions('2026-12-30'));
    expect(conditions('2026-12-30')).toBe(withExemptions().matchConditions.length);
  });

  test('of a kind that the policy does not match adds nothing', () => {
    expect(withExemptions(exempt('Rollout')).matchConditions).toEqual(withExemptions().matchConditions);
  });

  test('leaves its reason in the policy', () => {
    const [exempted] = admissionManifests(selection, { exemptions: [exempt('Deployment')], day: '2026-01-01' }).filter(
      (manifest) => name(manifest) === policy,
    );
    expect(exempted?.metadata).toMatchObject({
      annotations: { 'casemate.dev/exemptions': 'Deployment shop/cart until 2026-12-31: talks to a device' },
    });
  });

  test('however many there are, stays within 64 match conditions', () => {
    const many = workloads.flatMap(({ kind }) =>
      Array.from({ length: 100 }, (_, index) =>
        exempt(kind, { object: { kind, namespace: 'shop', name: `cart-${index}` } }),
      ),
    );
    expect(withExemptions(...many).matchConditions.length).toBeLessThanOrEqual(64);
  });
});

describe('a mutating policy', () => {
  interface Mutating extends PolicySpec {
    readonly mutations: readonly { readonly jsonPatch: { readonly expression: string } }[];
    readonly matchConstraints: { readonly resourceRules: readonly { operations: string[]; resources: string[] }[] };
  }
  const spec = specOf<Mutating>(manifests, 'MutatingAdmissionPolicy', 'casemate-no-privilege-escalation');

  test('adds the shallowest object that is missing', () => {
    const [mutation] = spec.mutations;
    expect(mutation?.jsonPatch.expression).toContain(
      '!has(container.securityContext) ? JSONPatch{op: "add", path: variables.podPointer + "/" + containerList + "/" + ' +
        'string(containerIndex) + "/securityContext", value: {"allowPrivilegeEscalation": false}} : JSONPatch{',
    );
  });

  test('escapes keys in pointers', () => {
    const labels = specOf<Mutating>(manifests, 'MutatingAdmissionPolicy', 'casemate-pod-security-labels');
    expect(labels.mutations[0]?.jsonPatch.expression).toContain(
      '"/metadata/labels/pod-security.kubernetes.io~1enforce"',
    );
  });

  test('leaves alone pods and jobs that run', () => {
    const updated = spec.matchConstraints.resourceRules
      .filter(({ operations }) => operations.includes('UPDATE'))
      .flatMap(({ resources }) => resources);
    expect(updated).toContain('deployments');
    expect(updated).toContain('pods/ephemeralcontainers');
    expect(updated).not.toContain('pods');
    expect(updated).not.toContain('jobs');
  });

  test('leaves alone the ReplicaSets of deployments', () => {
    expect(matches(spec, { object: made('ReplicaSet', 'Deployment', 'cart') })).toBe(false);
    expect(matches(spec, { object: { ...made('ReplicaSet', '', ''), metadata: { name: 'cart' } } })).toBe(true);
    expect(matches(spec, { object: made('Pod', 'ReplicaSet', 'cart') })).toBe(true);
  });
});
