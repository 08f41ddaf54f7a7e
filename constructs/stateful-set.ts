import { JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Connections } from './connections';
import { parseQuantity } from './quantity';
import { onlyStated, type StatedPodSecurity } from './security-context';
import {
  completeWorkload,
  type MountSecretOptions,
  makeService,
  mountSecret,
  planWorkload,
  type SecureWorkloadProps,
  selectorOf,
  VOLUME_GROUP,
  volumeNameOf,
} from './workload';

export interface SecureStatefulSetProps
  extends SecureWorkloadProps,
    Omit<kplus.StatefulSetProps, keyof kplus.WorkloadProps | 'service'> {
  /** Paths whose files outlive the pod, each in a volume of its own: `{ '/data': { size: '10Gi' } }`. @default - none */
  readonly storage?: Readonly<Record<string, StorageProps>>;
}

/** A volume that is claimed for each pod. */
export interface StorageProps {
  /** Such as `10Gi`. */
  readonly size: string;
  /** @default - the cluster's default */
  readonly storageClass?: string;
  /** @default 'ReadWriteOnce' */
  readonly accessMode?: 'ReadWriteOnce' | 'ReadWriteOncePod';
}

/**
 * A StatefulSet that is secure by default, in the same way as `SecureDeployment`. Its Service is headless, so that each
 * pod has an address; it needs at least one port for it.
 *
 * @throws RangeError that names the construct, the field, what was found and what is expected
 */
export class SecureStatefulSet extends kplus.StatefulSet {
  public override readonly connections: Connections;
  public override readonly serviceAccount: kplus.IServiceAccount;
  public override readonly securityContext: StatedPodSecurity;
  public override automountServiceAccountToken: boolean;
  /** Where the workload is reached. */
  public override readonly service: kplus.Service;

  public constructor(scope: Construct, id: string, props: SecureStatefulSetProps) {
    const plan = planWorkload(scope, id, props);
    if (plan.ports.length === 0) {
      throw new RangeError(
        `${plan.path}: port is absent, expected one, because the pods of a StatefulSet have addresses`,
      );
    }
    // cdk8s-plus wants the Service before the StatefulSet, so it stands beside it.
    const service = makeService(scope, `${id}-service`, plan, { clusterIP: 'None' });
    super(scope, id, { ...props, ...plan.kplus, service });
    const parts = completeWorkload(this, plan, props, props.replicas ?? 1);
    this.connections = parts.connections;
    this.serviceAccount = parts.serviceAccount;
    this.securityContext = parts.securityContext;
    this.automountServiceAccountToken = false;
    this.service = service;
    this.claim(props.storage ?? {});
  }

  private claim(storage: Readonly<Record<string, StorageProps>>): void {
    const claims = Object.entries(storage).map(([path, { size, storageClass, accessMode = 'ReadWriteOnce' }]) => {
      const where = `${this.node.path}: storage["${path}"]`;
      parseQuantity(size, `${where}.size`);
      const name = volumeNameOf(path, where);
      // A claim takes the place of the pod's volume of the same name; cdk8s-plus knows volumes only.
      const claim = kplus.PersistentVolumeClaim.fromClaimName(this, `Claim ${path}`, name);
      const volume = kplus.Volume.fromPersistentVolumeClaim(this, `Storage ${path}`, claim, { name });
      this.containers[0]?.mount(path, volume);
      return {
        metadata: { name },
        spec: {
          accessModes: [accessMode],
          resources: { requests: { storage: kplus.k8s.Quantity.fromString(size) } },
          ...(storageClass !== undefined && { storageClassName: storageClass }),
        },
      };
    });
    if (claims.length === 0) return;
    this.apiObject.addJsonPatch(JsonPatch.add('/spec/volumeClaimTemplates', claims));
    this.securityContext.readVolumesAs(VOLUME_GROUP);
  }

  /** Lets the pods use the API server as their service account; a `LeastPrivilegeRole` does this by itself. */
  public mountServiceAccountToken(): void {
    this.automountServiceAccountToken = true;
  }

  /** Lets the first container read a secret as files. */
  public mountSecret(secret: kplus.ISecret, options?: MountSecretOptions): void {
    mountSecret(this, secret, options);
  }

  public override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return selectorOf(this);
  }

  public override addContainer(container: kplus.ContainerProps): kplus.Container {
    return onlyStated(super.addContainer(container), container.securityContext);
  }

  public override addInitContainer(container: kplus.ContainerProps): kplus.Container {
    return onlyStated(super.addInitContainer(container), container.securityContext);
  }
}
