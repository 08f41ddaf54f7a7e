import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Connections } from './connections';
import { onlyStated, type StatedPodSecurity } from './security-context';
import {
  completeWorkload,
  type MountSecretOptions,
  makeService,
  mountSecret,
  planWorkload,
  type SecureWorkloadProps,
  selectorOf,
} from './workload';

export interface SecureDeploymentProps
  extends SecureWorkloadProps,
    Omit<kplus.DeploymentProps, keyof kplus.WorkloadProps> {}

/**
 * A Deployment that is secure by default. The controls of the profile fill in, at synthesis, what its props do not
 * state; it has a service account of its own without a token, a Service of its name for its ports, no network
 * connections but those opened with `connections`, and with more than one replica a disruption budget and a spread over
 * zones and nodes.
 *
 * Its name is its id, unless `metadata.name` says otherwise.
 *
 * @throws RangeError that names the construct, the field, what was found and what is expected
 */
export class SecureDeployment extends kplus.Deployment {
  public override readonly connections: Connections;
  public override readonly serviceAccount: kplus.IServiceAccount;
  public override readonly securityContext: StatedPodSecurity;
  public override automountServiceAccountToken: boolean;
  /** Where the workload is reached; undefined where it has no port. */
  public readonly service: kplus.Service | undefined;

  public constructor(scope: Construct, id: string, props: SecureDeploymentProps) {
    const plan = planWorkload(scope, id, props);
    super(scope, id, { ...props, ...plan.kplus });
    const parts = completeWorkload(this, plan, props, props.replicas ?? 2);
    this.connections = parts.connections;
    this.serviceAccount = parts.serviceAccount;
    this.securityContext = parts.securityContext;
    this.automountServiceAccountToken = false;
    this.service = plan.ports.length > 0 ? makeService(this, 'ClusterService', plan, { selector: this }) : undefined;
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
