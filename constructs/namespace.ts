import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { allowDns, type Dns } from './dns';
import { hardenUnstated } from './harden';
import { type ContainerLimitsProps, fitQuota, type QuotaProps } from './quota';
import { holdsNamespace, kubernetesOf, nameOf } from './scope';

/** A level of the Pod Security Standards. */
export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

/** What Kubernetes' own Pod Security admission does in a namespace. */
export interface PodSecurityProps {
  /** Pods that violate it are refused. @default 'restricted' */
  readonly enforce?: PodSecurityLevel;
  /** Pods that violate it are written to the audit log. @default 'restricted' */
  readonly audit?: PodSecurityLevel;
  /** Whoever applies a pod that violates it is warned. @default 'restricted' */
  readonly warn?: PodSecurityLevel;
  /**
   * The Kubernetes minor whose standards count, such as `v1.37`: an upgrade of the cluster then changes nothing by itself.
   *
   * @default - the minor of the context `casemate:kubernetes`
   */
  readonly version?: string;
}

export interface HardenedNamespaceProps extends kplus.NamespaceProps {
  /** @default - restricted, in all three modes */
  readonly podSecurity?: PodSecurityProps;
  /** How much all pods may have together; `false` sets no ResourceQuota. @default - 16 CPUs, 32Gi of memory, 100 pods */
  readonly quota?: QuotaProps | false;
  /** What a container gets that asks for nothing; `false` sets no LimitRange. @default - derived from the quota */
  readonly limits?: ContainerLimitsProps | false;
  /** Where pods may resolve names; `false` lets none of them. @default 'kubernetes' */
  readonly dns?: Dns | false;
}

const DEFAULT_QUOTA: QuotaProps = { cpu: '16', memory: '32Gi', pods: 100 };

/**
 * A namespace in which nothing is allowed that nobody asked for: Pod Security admission enforces the restricted level,
 * no traffic enters or leaves but DNS, what pods use is bounded, and the default service account has no token.
 *
 * Whatever is composed inside it lands in it, plain cdk8s-plus constructs included. Its name is its id, unless
 * `metadata.name` says otherwise.
 *
 * @throws RangeError where the quota and the limits cannot both hold, or the id cannot be a name
 */
export class HardenedNamespace extends kplus.Namespace {
  public constructor(scope: Construct, id: string, props: HardenedNamespaceProps = {}) {
    const name = nameOf(scope, id, props.metadata?.name);
    super(scope, id, { metadata: { ...props.metadata, name } });
    holdsNamespace(this, name);
    hardenUnstated(this.apiObject);
    this.setPodSecurity(props.podSecurity ?? {});
    this.denyAllTraffic(props.dns ?? 'kubernetes');
    if (props.quota !== false) this.bound(props.quota ?? DEFAULT_QUOTA, props.limits ?? {});
    const account = new kplus.ServiceAccount(this, 'DefaultServiceAccount', {
      metadata: { name: 'default', namespace: name },
      automountToken: false,
    });
    hardenUnstated(account);
  }

  private setPodSecurity(props: PodSecurityProps): void {
    const version = props.version ?? `v${kubernetesOf(this)}`;
    for (const mode of ['enforce', 'audit', 'warn'] as const) {
      this.metadata.addLabel(`pod-security.kubernetes.io/${mode}`, props[mode] ?? 'restricted');
      this.metadata.addLabel(`pod-security.kubernetes.io/${mode}-version`, version);
    }
  }

  private denyAllTraffic(dns: Dns | false): void {
    const deny = { default: kplus.NetworkPolicyTrafficDefault.DENY };
    new kplus.NetworkPolicy(this, 'DefaultDeny', {
      metadata: { name: 'default-deny', namespace: this.name },
      ingress: deny,
      egress: deny,
    });
    if (dns === false) return;
    const policy = new kplus.NetworkPolicy(this, 'AllowDns', {
      metadata: { name: 'allow-dns', namespace: this.name },
    });
    allowDns(policy, dns);
  }

  private bound(quota: QuotaProps, limits: ContainerLimitsProps | false): void {
    const { hard, container } = fitQuota(quota, limits === false ? {} : limits, this.node.path);
    new ApiObject(this, 'ResourceQuota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota', namespace: this.name },
      spec: { hard },
    });
    if (limits === false) return;
    new ApiObject(this, 'LimitRange', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'limits', namespace: this.name },
      spec: { limits: [{ type: 'Container', ...container }] },
    });
  }
}
