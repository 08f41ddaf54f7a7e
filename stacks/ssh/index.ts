export { breakGlassRoles } from './break-glass';
export {
  type HostCertificateProps,
  hostCertificateCommand,
  type SigningKey,
  type UserCertificateProps,
  userCertificateCommand,
} from './certificates';
export { type Destination, knownHosts, type SshConfigProps, sshConfig } from './client';
export { type Login, type Setting, type SshdContext, sshdSettings } from './settings';
export {
  type BastionSshdProps,
  type HostFile,
  type NodeSshdProps,
  type Relaxation,
  recorder,
  type SshdFilesProps,
  type SshdProps,
  sshdConfig,
  sshdFiles,
} from './sshd';
export { SshError } from './texts';
