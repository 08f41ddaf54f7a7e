import fc from 'fast-check';

/** An expression with values for the variables it may use: x (anything), l (a list), o (a pod-like object), s, n. */
export interface Question {
  readonly expr: string;
  readonly vars: Readonly<Record<string, unknown>>;
}

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    2,
    1.5,
    -0.5,
    '',
    'a',
    'b',
    'abc',
    '10',
    '1Gi',
    'é😀',
    9007199254740991,
  ),
  fc.integer({ min: -5, max: 300 }),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'name', '__proto__', 'constructor'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: false,
    }),
  ),
})).value;

const flag = fc.constantFrom<unknown>(true, false, null, 'true', 1);
const container = fc.record(
  {
    name: fc.constantFrom<unknown>('a', 'b', 'c', null, 1),
    image: fc.constantFrom<unknown>('nginx', 'ghcr.io/a/b:1.0', 'a@sha256:00', '', null),
    securityContext: fc.oneof(
      fc.record(
        {
          privileged: flag,
          allowPrivilegeEscalation: flag,
          runAsUser: fc.constantFrom<unknown>(0, 1, 1000, null, '0', 1.5),
          capabilities: fc.oneof(
            fc.record(
              {
                drop: fc.constantFrom<unknown>(['ALL'], [], ['NET_RAW'], null, 'ALL'),
                add: fc.constantFrom<unknown>([], ['CHOWN', 'KILL'], [1], null),
              },
              { requiredKeys: [] },
            ),
            fc.constantFrom<unknown>(null, []),
          ),
        },
        { requiredKeys: [] },
      ),
      fc.constantFrom<unknown>(null, {}, [], 'x'),
    ),
    ports: fc.constantFrom<unknown>([], [{ hostPort: 80 }], [{ hostPort: 0 }, {}], null),
    resources: fc.constantFrom<unknown>({}, { limits: { cpu: '100m', memory: '1Gi' } }, { limits: { cpu: 1 } }, null),
  },
  { requiredKeys: [] },
);
const object = fc.record(
  {
    metadata: fc.constantFrom<unknown>({ name: 'a' }, { name: 'A.b', labels: { app: 'x' } }, {}, null),
    spec: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record(
          { containers: fc.array(container, { maxLength: 3 }), replicas: scalar },
          { requiredKeys: [] },
        ),
      },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x') },
    ),
  },
  { requiredKeys: ['spec'] },
);
const variables = fc.record({
  x: json,
  l: fc.oneof(fc.array(scalar, { maxLength: 4 }), fc.array(json, { maxLength: 3 })),
  o: object,
  s: fc.constantFrom<unknown>('', 'a', 'b', 'abc', 'a,b,c', '10', '1Gi', '10.0.0.1', '1.2.3', 'é😀', null, 1),
  n: fc.constantFrom<unknown>(0, 1, 2, -1, 1.5, null, 'a', 2 ** 53),
});

const fields = [
  'a',
  'b',
  'c',
  'name',
  'metadata',
  'spec',
  'containers',
  'securityContext',
  'capabilities',
  'drop',
  'labels',
  '__proto__',
  'constructor',
];
const literals = [
  '0',
  '1',
  '-1',
  '2',
  '1u',
  '0u',
  '1.0',
  '1.5',
  '-0.5',
  '""',
  '"a"',
  '"abc"',
  '"é😀"',
  'true',
  'false',
  'null',
  '[]',
  '{}',
  '[1, 2]',
  '["a", "b"]',
  '{"a": 1}',
  'b"ab"',
  'duration("90s")',
  'timestamp("2020-02-29T12:34:56.789Z")',
  'quantity("1Gi")',
  'ip("10.0.0.1")',
  'cidr("10.0.0.0/8")',
  'semver("1.2.3")',
  'url("http://a:80/b?c=d")',
  'optional.none()',
  'type(1)',
  'string',
  '9223372036854775807',
  '18446744073709551615u',
  '1e300',
  '"10"',
  '"1.2.3"',
  '"ALL"',
  '1.0/0.0',
];
const infix = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||'];
const prefix = ['!', '-', '!!', '--'];
const unary = [
  'size',
  'type',
  'dyn',
  'int',
  'uint',
  'double',
  'string',
  'bool',
  'bytes',
  'timestamp',
  'duration',
  'quantity',
  'isQuantity',
  'ip',
  'isIP',
  'cidr',
  'isCIDR',
  'url',
  'isURL',
  'semver',
  'isSemver',
  'sign',
  'optional.of',
  'optional.ofNonZeroValue',
  'optional.unwrap',
  'strings.quote',
  'ip.isCanonical',
  'format.named',
];
const methods0 = [
  'size',
  'isSorted',
  'sum',
  'min',
  'max',
  'sort',
  'reverse',
  'distinct',
  'flatten',
  'first',
  'last',
  'join',
  'lowerAscii',
  'upperAscii',
  'trim',
  'value',
  'hasValue',
  'unwrapOpt',
  'getHours',
  'getFullYear',
  'getMilliseconds',
  'getSeconds',
  'isInteger',
  'asInteger',
  'asApproximateFloat',
  'family',
  'isLoopback',
  'ip',
  'masked',
  'prefixLength',
  'major',
  'getHost',
  'getQuery',
  'getPort',
];
const methods1 = [
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'find',
  'findAll',
  'split',
  'charAt',
  'indexOf',
  'lastIndexOf',
  'substring',
  'join',
  'includes',
  'or',
  'orValue',
  'flatten',
  'format',
  'add',
  'sub',
  'isGreaterThan',
  'isLessThan',
  'compareTo',
  'containsIP',
  'containsCIDR',
];
const macros = ['all', 'exists', 'exists_one', 'filter', 'map', 'optMap', 'optFlatMap', 'sortBy'];
const macros2 = ['all', 'exists', 'exists_one', 'existsOne', 'transformList', 'transformMap', 'transformMapEntry'];

const rules = [
  'o.spec.containers.all(c, has(c.securityContext) && has(c.securityContext.privileged) && c.securityContext.privileged == false)',
  'o.spec.containers.all(c, !has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))',
  'o.spec.containers.exists(c, c.?securityContext.?capabilities.?drop.orValue([]).exists(d, d == "ALL"))',
  'o.spec.containers.filter(c, c.?securityContext.?runAsUser.orValue(0) == 0).map(c, c.name).join(", ")',
  'o.spec.containers.all(c, c.?securityContext.capabilities.add.orValue([]).all(a, a in ["CHOWN", "KILL"]))',
  'has(o.spec.containers) ? o.spec.containers.map(c, c.?image.orValue("")).all(i, i.contains("@sha256:") || i == "") : false',
  'o.?metadata.?labels[?"app"].orValue("none") in ["x", "none"]',
  'o.spec.containers.all(c, quantity(c.resources.limits.cpu).isLessThan(quantity("1")))',
  'o.spec.containers.map(c, c.?resources.?limits.?cpu.optMap(q, string(q)).orValue("0"))',
  'o.spec.containers.exists_one(c, c.name == "a")',
  'o.spec.containers.transformMap(i, c, c.?name.orValue(i))',
  'o.spec.containers.map(c, has(c.securityContext), c.securityContext)',
  'o.metadata.name.matches("^[a-z.]+$") && size(o.metadata.name) < 63',
  'o.spec.replicas > 0 && o.spec.replicas % 2 == 1',
  'format.dns1123Label().validate(o.metadata.name).hasValue()',
  '[o.?metadata.?name.orValue("?"), string(o.spec.containers.size())].join(": ")',
  '"%s has %d".format([o.metadata.name, o.spec.replicas])',
  'sets.contains(["ALL"], o.spec.containers[0].securityContext.capabilities.drop)',
];

const expression = fc.letrec<{ any: string }>((tie) => {
  const any = tie('any');
  const call = (names: readonly string[], ...args: fc.Arbitrary<string>[]) =>
    fc.tuple(fc.constantFrom(...names), ...args);
  return {
    any: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      { weight: 3, arbitrary: fc.constantFrom('x', 'l', 'o', 's', 'n', 'e', 'k') },
      { weight: 2, arbitrary: fc.constantFrom(...literals) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(any, fc.constantFrom('.', '.?', '.'), fc.constantFrom(...fields))
          .map((parts) => parts.join('')),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(any, fc.constantFrom('[', '[?'), any).map(([a, open, b]) => `${a}${open}${b}]`),
      },
      { weight: 1, arbitrary: fc.tuple(any, fc.constantFrom(...fields)).map(([a, field]) => `has(${a}.${field})`) },
      {
        weight: 4,
        arbitrary: fc.tuple(any, fc.constantFrom(...infix), any).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      },
      { weight: 1, arbitrary: fc.tuple(any, any, any).map(([a, b, c]) => `(${a} && ${b} || ${c})`) },
      { weight: 1, arbitrary: fc.tuple(any, any, any).map(([a, b, c]) => `(${a} ? ${b} : ${c})`) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...prefix), any).map(([sign, a]) => `${sign}(${a})`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `[${a}, ${b}]`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `[dyn(${a}), dyn(${b})]`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `[?${a}, ${b}]`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `{"a": ${a}, ?"b": ${b}}`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `{${a}: ${b}}`) },
      { weight: 2, arbitrary: call(unary, any).map(([name, a]) => `${name}(${a})`) },
      { weight: 2, arbitrary: call(methods0, any).map(([name, a]) => `${a}.${name}()`) },
      { weight: 2, arbitrary: call(methods1, any, any).map(([name, a, b]) => `${a}.${name}(${b})`) },
      { weight: 4, arbitrary: call(macros, any, any).map(([name, a, b]) => `${a}.${name}(e, ${b})`) },
      { weight: 1, arbitrary: fc.tuple(any, any, any).map(([a, b, c]) => `${a}.map(e, ${b}, ${c})`) },
      { weight: 2, arbitrary: call(macros2, any, any).map(([name, a, b]) => `${a}.${name}(k, e, ${b})`) },
      { weight: 1, arbitrary: fc.tuple(any, any).map(([a, b]) => `sets.contains(${a}, ${b})`) },
    ),
  };
}).any;

/** Names that macros declare are declared as variables too, so that they mean something everywhere. */
export const questions: fc.Arbitrary<Question> = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: expression }, { weight: 1, arbitrary: fc.constantFrom(...rules) }), variables)
  .map(([expr, vars]) => ({ expr, vars: { ...vars, e: vars.n, k: 'a' } }));
