import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { seal } from './seal';
import { sealKey } from './seal-key';
import type { SecretValue } from './secret-value';

/** Which secret a sealed value may become: the one it was made for, any in its namespace, or any in the cluster. */
export type SealingScope = 'strict' | 'namespace-wide' | 'cluster-wide';

export interface SealedSecretsProps {
  /** The controller's certificate, as PEM or as the path of a PEM file: `kubeseal --fetch-cert` prints it. */
  readonly certificate: string;
  /** @default 'strict' */
  readonly scope?: SealingScope;
  /**
   * Derives what would otherwise be random, so that sealing the same value again changes no bytes: 32 bytes.
   *
   * @default - `CASEMATE_SEAL_KEY` in base64, else `casemate/seal.key` in the user's configuration folder, made at need
   */
  readonly key?: Uint8Array;
}

/** What is to be encrypted. */
export interface SealRequest {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Type of the Secret. */
  readonly type: string;
  readonly data: Readonly<Record<string, SecretValue>>;
}

/** A way for a secret to lie in a repository. */
export interface Sealer {
  /** The manifest from which the cluster makes the Secret. @throws Error that says what is wrong, never a value */
  seal(request: SealRequest): SealedManifest;
}

export interface SealedManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly annotations?: Record<string, string> };
  readonly spec: object;
}

const SMALLEST_MODULUS = 2048;

/**
 * Seals for the Sealed Secrets controller of Bitnami.
 *
 * @throws RangeError where the certificate cannot be read, is not valid today, or is not for RSA
 */
export function sealedSecrets({ certificate, scope = 'strict', key }: SealedSecretsProps): Sealer {
  const parsed = parseCertificate(certificate);
  const fingerprint = Buffer.from(parsed.fingerprint256.replaceAll(':', ''), 'hex');
  if (key !== undefined && key.length !== 32) {
    throw new RangeError(`sealedSecrets: key has ${key.length} bytes, expected 32`);
  }
  return {
    seal: ({ name, namespace, labels, type, data }) => {
      const label = labelFor(scope, namespace, name);
      const sealingKey = key === undefined ? sealKey() : Buffer.from(key);
      const encryptedData: Record<string, string> = {};
      for (const item of Object.keys(data).sort()) {
        const target = { publicKey: parsed.publicKey, fingerprint, label, item };
        encryptedData[item] = seal(read(data, item), target, sealingKey).toString('base64');
      }
      // The controller reads the scope from the SealedSecret, kubeseal from its template.
      const annotations = scope === 'strict' ? undefined : { [`sealedsecrets.bitnami.com/${scope}`]: 'true' };
      const metadata = {
        name,
        ...(namespace !== undefined && { namespace }),
        ...(Object.keys(labels).length > 0 && { labels }),
        ...(annotations !== undefined && { annotations }),
      };
      return {
        apiVersion: 'bitnami.com/v1alpha1',
        kind: 'SealedSecret',
        metadata: { ...(annotations !== undefined && { annotations }) },
        spec: { encryptedData, template: { metadata, type } },
      };
    },
  };
}

function read(data: Readonly<Record<string, SecretValue>>, item: string): Buffer {
  try {
    return (data[item] as SecretValue).read();
  } catch (error) {
    throw new RangeError(`data.${item}: ${(error as Error).message}`);
  }
}

function labelFor(scope: SealingScope, namespace: string | undefined, name: string): Buffer {
  if (scope === 'cluster-wide') return Buffer.alloc(0);
  if (namespace === undefined) {
    throw new RangeError(
      `the namespace is not known, and the scope "${scope}" binds the secret to it; compose it in a HardenedNamespace, or set metadata.namespace`,
    );
  }
  return Buffer.from(scope === 'strict' ? `${namespace}/${name}` : namespace);
}

function parseCertificate(source: string): X509Certificate {
  const isPem = source.includes('-----BEGIN');
  const where = `sealedSecrets: certificate${isPem ? '' : ` ${source}`}`;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(isPem ? source : readFileSync(source));
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new RangeError(`${where}: ${code}, expected a certificate in PEM; \`kubeseal --fetch-cert\` prints it`);
  }
  const now = Date.now();
  if (Date.parse(certificate.validFrom) > now) {
    throw new RangeError(
      `${where}: valid from ${certificate.validFrom} on, which is not reached; check this machine's clock`,
    );
  }
  if (Date.parse(certificate.validTo) < now) {
    throw new RangeError(`${where}: valid until ${certificate.validTo}; fetch the controller's newest one`);
  }
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails } = certificate.publicKey;
  const modulus = asymmetricKeyDetails?.modulusLength ?? 0;
  if (asymmetricKeyType !== 'rsa' || modulus < SMALLEST_MODULUS || modulus % 8 !== 0) {
    throw new RangeError(
      `${where}: its key is ${asymmetricKeyType}${modulus > 0 ? ` of ${modulus} bits` : ''}, expected RSA of at least ${SMALLEST_MODULUS} bits, as the controller makes it`,
    );
  }
  return certificate;
}
