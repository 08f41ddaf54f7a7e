import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { hardenUnstated } from './harden';
import { nameOf, namespaceOf } from './scope';
import type { Sealer } from './sealed-secrets';
import { SecretValue } from './secret-value';

export interface EncryptedSecretProps {
  /** Who decrypts it in the cluster: `sealedSecrets({ certificate })`. */
  readonly for: Sealer;
  /** Key → value: `{ password: fromEnv('DB_PASSWORD') }`. */
  readonly data: Readonly<Record<string, SecretValue>>;
  /** Type of the Secret. @default 'Opaque' */
  readonly type?: string;
  /** Metadata of both objects. @default - the construct's id as their name, the namespace where it is composed */
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

// https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data
const KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/**
 * A Secret that lies encrypted in the manifests, and that only the cluster can open. Its values are read and encrypted
 * when it is constructed, and not kept.
 *
 * @throws RangeError that names the construct and the key, never a value
 */
export class EncryptedSecret extends Construct implements kplus.ISecret {
  public readonly apiVersion = 'v1';
  public readonly apiGroup = '';
  public readonly kind = 'Secret';
  public readonly resourceType = 'secrets';
  public readonly name: string;
  public readonly resourceName: string;
  /** What is synthesized. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: EncryptedSecretProps) {
    super(scope, id);
    this.name = nameOf(scope, id, props.metadata?.name);
    this.resourceName = this.name;
    const namespace = props.metadata?.namespace ?? namespaceOf(this);
    const labels = { ...props.metadata?.labels };
    checkData(props.data, this.node.path);
    const { apiVersion, kind, metadata, spec } = this.sealed(props, { namespace, labels });
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion,
      kind,
      metadata: { ...metadata, name: this.name, ...(namespace !== undefined && { namespace }), labels },
      spec,
    });
    hardenUnstated(this);
  }

  public envValue(key: string, options?: kplus.EnvValueFromSecretOptions): kplus.EnvValue {
    return kplus.EnvValue.fromSecretValue({ secret: this, key }, options);
  }

  private sealed(
    props: EncryptedSecretProps,
    place: { namespace: string | undefined; labels: Record<string, string> },
  ) {
    try {
      return props.for.seal({ name: this.name, ...place, type: props.type ?? 'Opaque', data: props.data });
    } catch (error) {
      throw new RangeError(`${this.node.path}: ${(error as Error).message}`);
    }
  }
}

function checkData(data: Readonly<Record<string, SecretValue>>, path: string): void {
  const entries = Object.entries(data);
  if (entries.length === 0) throw new RangeError(`${path}: data is empty, expected at least one key`);
  for (const [key, value] of entries) {
    // cdk8s cannot render the last of these.
    if (!KEY.test(key) || key === '.' || key.startsWith('..') || key === '__proto__') {
      throw new RangeError(
        `${path}: data has the key ${JSON.stringify(key)}, expected letters, digits, "-", "_" and "."`,
      );
    }
    if (!(value instanceof SecretValue)) {
      throw new RangeError(
        `${path}: data.${key} is a plain ${typeof value}, expected fromEnv(…), fromFile(…) or fromValue(…)`,
      );
    }
  }
}
