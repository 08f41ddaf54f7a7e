import { constants, createDecipheriv, createHash, privateDecrypt, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  EncryptedSecret,
  fromEnv,
  fromFile,
  fromValue,
  HardenedNamespace,
  type SealedSecretsProps,
  type SecretValue,
  SecureDeployment,
  sealedSecrets,
} from '../../constructs';
import { at, cartProps, emptyChart, firstContainer, manifest, podSpec, rootOf } from './compose';
import { certificate, expired, notYetValid, ofEllipticCurve, privateKey } from './keys';

const key = Buffer.alloc(32, 7);
const CANARY = 'canary-9f1c-please-do-not-leak';

function composed(
  data: Record<string, SecretValue>,
  props: Partial<SealedSecretsProps> = {},
  namespace = 'shop',
  id = 'db',
) {
  const chart = emptyChart();
  const shop = new HardenedNamespace(chart, namespace);
  const cart = new SecureDeployment(shop, 'cart', cartProps);
  const secret = new EncryptedSecret(shop, id, { for: sealedSecrets({ certificate, key, ...props }), data });
  return { chart, shop, cart, secret, sealed: () => manifest(chart, 'SealedSecret', id) };
}

/** Opens a sealed value as the controller does, with Node's own OAEP. */
function open(sealed: unknown, label: string): { value: string; sessionKey: string } {
  const blob = Buffer.from(sealed as string, 'base64');
  const length = blob.readUInt16BE();
  const sessionKey = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', oaepLabel: Buffer.from(label) },
    blob.subarray(2, 2 + length),
  );
  const decipher = createDecipheriv('aes-256-gcm', sessionKey, Buffer.alloc(12));
  decipher.setAuthTag(blob.subarray(-16));
  const value = Buffer.concat([decipher.update(blob.subarray(2 + length, -16)), decipher.final()]);
  return { value: value.toString(), sessionKey: sessionKey.toString('hex') };
}

describe('a sealed secret', () => {
  test('opens with the controller’s key, bound to its namespace and name', () => {
    const sealed = composed({ password: fromValue('s3cret'), user: fromValue('cart') }).sealed();
    expect(sealed).toMatchObject({
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { template: { metadata: { name: 'db', namespace: 'shop' }, type: 'Opaque' } },
    });
    expect(open(at(sealed, 'spec.encryptedData.password'), 'shop/db').value).toBe('s3cret');
    expect(open(at(sealed, 'spec.encryptedData.user'), 'shop/db').value).toBe('cart');
    expect(() => open(at(sealed, 'spec.encryptedData.password'), 'shop/other')).toThrow();
  });

  test.each([
    ['namespace-wide', 'shop'],
    ['cluster-wide', ''],
  ] as const)('of scope %s says so to the controller and to kubeseal', (scope, label) => {
    const sealed = composed({ password: fromValue('s3cret') }, { scope }).sealed();
    const annotations = { [`sealedsecrets.bitnami.com/${scope}`]: 'true' };
    expect(at(sealed, 'metadata.annotations')).toEqual(annotations);
    expect(at(sealed, 'spec.template.metadata.annotations')).toEqual(annotations);
    expect(open(at(sealed, 'spec.encryptedData.password'), label).value).toBe('s3cret');
  });

  test('holds values of any bytes and size', () => {
    const bytes = randomBytes(100_000);
    const sealed = composed({ blob: fromValue(bytes.toString('latin1')) }).sealed();
    expect(open(at(sealed, 'spec.encryptedData.blob'), 'shop/db').value).toBe(bytes.toString('latin1'));
  });
});

test('a sealed value is as long as the format says', () => {
  const sealed = composed({ password: fromValue('s3cret') }).sealed();
  const blob = Buffer.from(at(sealed, 'spec.encryptedData.password') as string, 'base64');
  expect(blob.readUInt16BE()).toBe(256);
  expect(blob).toHaveLength(2 + 256 + 's3cret'.length + 16);
});

describe('sealing again', () => {
  const password = (props: Parameters<typeof composed>) =>
    at(composed(...props).sealed(), 'spec.encryptedData.password') as string;
  const usual = password([{ password: fromValue('s3cret') }]);

  test('the same value changes no bytes', () => {
    expect(password([{ password: fromValue('s3cret') }])).toBe(usual);
  });

  test('without the sealing key nobody can tell what a guess would look like', () => {
    expect(password([{ password: fromValue('s3cret') }, { key: Buffer.alloc(32, 8) }])).not.toBe(usual);
  });

  test('every other value, item, name and namespace has a session key of its own', () => {
    const sessionKeys = [
      open(usual, 'shop/db'),
      open(password([{ password: fromValue('s3cret2') }]), 'shop/db'),
      open(at(composed({ other: fromValue('s3cret') }).sealed(), 'spec.encryptedData.other'), 'shop/db'),
      open(password([{ password: fromValue('s3cret') }, {}, 'bank']), 'bank/db'),
      open(
        at(composed({ password: fromValue('s3cret') }, {}, 'shop', 'db2').sealed(), 'spec.encryptedData.password'),
        'shop/db2',
      ),
      open(password([{ password: fromValue('s3cret') }, { scope: 'namespace-wide' }]), 'shop'),
    ].map(({ sessionKey }) => sessionKey);
    expect(new Set(sessionKeys).size).toBe(sessionKeys.length);
  });
});

describe('values', () => {
  test('come from the environment, a file, or the program', () => {
    process.env.CASEMATE_TEST_PASSWORD = 'from env';
    const file = join(mkdtempSync(join(tmpdir(), 'casemate-')), 'value');
    writeFileSync(file, 'from file\n');
    const sealed = composed({
      env: fromEnv('CASEMATE_TEST_PASSWORD'),
      file: fromFile(file),
      bytes: fromValue(Buffer.from('from bytes')),
    }).sealed();
    delete process.env.CASEMATE_TEST_PASSWORD;
    const value = (item: string) => open(at(sealed, `spec.encryptedData.${item}`), 'shop/db').value;
    expect([value('env'), value('file'), value('bytes')]).toEqual(['from env', 'from file\n', 'from bytes']);
  });

  test.each([
    [{ p: fromEnv('CASEMATE_NOT_SET') }, 'test/shop/db: data.p: the environment variable CASEMATE_NOT_SET is not set'],
    [{ p: fromFile('/no/such/file') }, 'test/shop/db: data.p: the file /no/such/file cannot be read (ENOENT)'],
    [{ p: fromValue('') }, 'test/shop/db: data.p: the value is empty'],
    [
      { p: 'clear' as never },
      'test/shop/db: data.p is a plain string, expected fromEnv(…), fromFile(…) or fromValue(…)',
    ],
    [{ 'a/b': fromValue('x') }, 'test/shop/db: data has the key "a/b", expected letters, digits'],
    [JSON.parse('{"__proto__": 1}'), 'test/shop/db: data has the key "__proto__"'],
    [{}, 'test/shop/db: data is empty, expected at least one key'],
  ])('%j cannot be sealed', (data, message) => {
    expect(() => composed(data)).toThrow(message);
  });

  test('without a namespace there is nothing to bind the secret to', () => {
    const sealer = sealedSecrets({ certificate, key });
    expect(() => new EncryptedSecret(emptyChart(), 'db', { for: sealer, data: { p: fromValue('x') } })).toThrow(
      'test/db: the namespace is not known, and the scope "strict" binds the secret to it',
    );
  });
});

describe('the certificate', () => {
  test('may be the path of a PEM file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'casemate-')), 'cert.pem');
    writeFileSync(file, certificate);
    expect(composed({ p: fromValue('x') }, { certificate: file }).sealed()).toEqual(
      composed({ p: fromValue('x') }).sealed(),
    );
  });

  test.each([
    ['expired', () => expired, /^sealedSecrets: certificate: valid until .* fetch the controller's newest one$/],
    ['not yet valid', () => notYetValid, /^sealedSecrets: certificate: valid from .*, which is not reached/],
    ['not for RSA', () => ofEllipticCurve, /its key is ec, expected RSA of at least 2048 bits/],
    ['a private key', () => privateKey, /expected a certificate in PEM/],
    ['no PEM at all', () => '-----BEGIN nonsense', /expected a certificate in PEM/],
    [
      'no file',
      () => '/no/such/cert.pem',
      /^sealedSecrets: certificate \/no\/such\/cert.pem: ENOENT, expected a certificate/,
    ],
  ])('is refused where it is %s', (_, pem, message) => {
    let found = '';
    try {
      sealedSecrets({ certificate: pem(), key });
    } catch (error) {
      found = (error as Error).message;
    }
    expect(found).toMatch(message);
    expect(found).not.toContain('PRIVATE KEY-----\n');
  });
});

describe('using the secret', () => {
  test('its keys are files that only the pod’s processes can read', () => {
    const { chart, cart, secret } = composed({ password: fromValue('x') });
    cart.mountSecret(secret);
    const deployment = manifest(chart, 'Deployment', 'cart');
    expect(at(deployment, `${podSpec}.volumes`)).toEqual([
      { name: 'secret-db', secret: { secretName: 'db', defaultMode: 0o400 } },
    ]);
    expect(at(deployment, `${firstContainer}.volumeMounts`)).toEqual([
      { name: 'secret-db', mountPath: '/etc/secrets/db', readOnly: true },
    ]);
    // Files of mode 0400 belong to root; the kubelet gives them to the fsGroup as well.
    expect(at(deployment, `${podSpec}.securityContext`)).toMatchObject({ fsGroup: 65532, runAsNonRoot: true });
  });

  test('a group that was stated stays', () => {
    const chart = emptyChart();
    const shop = new HardenedNamespace(chart, 'shop');
    const cart = new SecureDeployment(shop, 'cart', { ...cartProps, securityContext: { fsGroup: 1000 } });
    cart.mountSecret(
      new EncryptedSecret(shop, 'db', { for: sealedSecrets({ certificate, key }), data: { p: fromValue('x') } }),
      {
        path: '/run/db',
      },
    );
    expect(at(manifest(chart, 'Deployment', 'cart'), `${podSpec}.securityContext.fsGroup`)).toBe(1000);
  });

  test('a key can be an environment variable', () => {
    const { chart, shop, secret } = composed({ password: fromValue('x') });
    new SecureDeployment(shop, 'web', { ...cartProps, env: { PASSWORD: secret.envValue('password') } });
    expect(at(manifest(chart, 'Deployment', 'web'), `${firstContainer}.env`)).toEqual([
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    ]);
  });
});

describe('the clear value', () => {
  const digest = (algorithm: string) => createHash(algorithm).update(CANARY).digest();
  const traces = [
    CANARY,
    Buffer.from(CANARY).toString('base64').replace(/=+$/, '').slice(0, -1),
    Buffer.from(CANARY).toString('hex'),
    digest('sha256').toString('hex'),
    digest('sha256').toString('base64'),
    digest('md5').toString('hex'),
  ];
  const leaksIn = (text: string) => traces.filter((trace) => text.toLowerCase().includes(trace.toLowerCase()));

  test('is in no file that synthesis writes, in no construct, in no text', () => {
    const value = fromValue(CANARY);
    const { chart, cart, secret } = composed({ password: value });
    cart.mountSecret(secret);
    const app = rootOf(chart);
    app.synth();
    const files = readdirSync(app.outdir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files).toHaveLength(2);
    for (const file of files) expect(leaksIn(readFileSync(join(file.parentPath, file.name), 'utf8'))).toEqual([]);

    const everything = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };
    for (const shown of [inspect(app, everything), inspect(secret, everything), inspect(value, everything)]) {
      expect(leaksIn(shown)).toEqual([]);
    }
    expect([String(value), `${value}`, JSON.stringify({ value }), inspect(value)]).toEqual([
      '[secret]',
      '[secret]',
      '{"value":"[secret]"}',
      '[secret]',
    ]);
  });

  test('is in no error', () => {
    const failing = [
      () => composed({ good: fromValue(CANARY), bad: fromEnv('CASEMATE_NOT_SET') }),
      () => composed({ good: fromValue(CANARY), 'a/b': fromValue(CANARY) }),
      () => composed({ good: CANARY as never }),
      () => composed({ good: fromValue(CANARY) }, { key: Buffer.alloc(3) }),
    ];
    for (const fail of failing) {
      let error: unknown;
      try {
        fail();
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(RangeError);
      expect(leaksIn(inspect(error, { showHidden: true }))).toEqual([]);
    }
  });
});
