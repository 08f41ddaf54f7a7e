/** What an application is composed of. */

export type { RecordedExemption } from '../controls/record';
export {
  type AddressOptions,
  type ConnectionOptions,
  type ConnectionPort,
  Connections,
  type ForeignPods,
} from './connections';
export { SecureDeployment, type SecureDeploymentProps } from './deployment';
export type { Dns } from './dns';
export { EncryptedSecret, type EncryptedSecretProps } from './encrypted-secret';
export { type ExemptOptions, exempt } from './exempt';
export { exemptionsOf } from './exemptions';
export { harden } from './harden';
export {
  HardenedNamespace,
  type HardenedNamespaceProps,
  type PodSecurityLevel,
  type PodSecurityProps,
} from './namespace';
export type { ProbeProps } from './probe';
export type { ContainerLimitsProps, QuotaProps } from './quota';
export type { WorkloadResources } from './resources';
export {
  type AllowRule,
  type Grantee,
  type KnownResource,
  LeastPrivilegeRole,
  type LeastPrivilegeRoleProps,
  type Verb,
} from './role';
export { KUBERNETES_CONTEXT, PROFILE_CONTEXT } from './scope';
export {
  type SealedManifest,
  type SealedSecretsProps,
  type Sealer,
  type SealingScope,
  type SealRequest,
  sealedSecrets,
} from './sealed-secrets';
export { fromEnv, fromFile, fromValue, SecretValue } from './secret-value';
export { SecureStatefulSet, type SecureStatefulSetProps, type StorageProps } from './stateful-set';
export type { MountSecretOptions, SecureWorkloadProps, WorkloadPort } from './workload';
