import { hostNamePattern, oneLine, publicKey, SshError } from './texts';

/** A host as a client reaches it. */
export interface Destination {
  /** What people type, and what the host's certificate names. */
  readonly name: string;
  readonly address: string;
  readonly user: string;
  /** @default 22 */
  readonly port?: number;
}

export interface SshConfigProps {
  /** @default - none: hosts are reached directly */
  readonly bastion?: Destination;
  /** Reached through the bastion. */
  readonly hosts: readonly Destination[];
  /** Path of the private key. @default - whatever the agent holds */
  readonly identityFile?: string;
  /** Path of its certificate. @default - beside the key, as `ssh-keygen` puts it */
  readonly certificateFile?: string;
  /** Path of the file with `knownHosts`. */
  readonly knownHostsFile: string;
}

/** A person's `ssh_config`: `ssh NAME` goes through the bastion, and trusts hosts by their CA alone. */
export function sshConfig(props: SshConfigProps): string {
  const { bastion, hosts, identityFile, certificateFile, knownHostsFile } = props;
  const all = bastion === undefined ? hosts : [bastion, ...hosts];
  const names = all.map(({ name }) => oneLine(name, 'name of a host', hostNamePattern));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new SshError(`two hosts have the name "${twice}"; rename one of them`);
  const host = ({ name, address, user, port = 22 }: Destination) => [
    `Host ${name}`,
    `\tHostName ${oneLine(address, `address of ${name}`, /^[A-Za-z0-9:][A-Za-z0-9.:-]*$/)}`,
    `\tPort ${port}`,
    `\tUser ${oneLine(user, `user of ${name}`, /^[a-z_][a-z0-9_-]{0,31}$/)}`,
    `\tHostKeyAlias ${name}`,
    ...(bastion === undefined || name === bastion.name ? [] : [`\tProxyJump ${bastion.name}`]),
    '',
  ];
  return [
    ...all.flatMap(host),
    `Host ${names.join(' ')}`,
    ...(identityFile === undefined ? [] : [`\tIdentityFile ${path(identityFile)}`, '\tIdentitiesOnly yes']),
    ...(certificateFile === undefined ? [] : [`\tCertificateFile ${path(certificateFile)}`]),
    `\tUserKnownHostsFile ${path(knownHostsFile)}`,
    '\tGlobalKnownHostsFile none',
    '\tStrictHostKeyChecking yes',
    '\tUpdateHostKeys no',
    '\tHostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com',
    '\tPreferredAuthentications publickey',
    '\tForwardAgent no',
    '\tForwardX11 no',
    '',
  ].join('\n');
}

/** The lines of `known_hosts`: whoever has a certificate of these CAs for its name is that host. */
export function knownHosts(hostCas: readonly string[], names: readonly string[]): string {
  if (hostCas.length === 0) throw new SshError('hostCas is empty: no host could be recognised; give one public key');
  const patterns = names.map((name) => oneLine(name, 'name of a host', hostNamePattern)).join(',');
  return hostCas.map((key, index) => `@cert-authority ${patterns} ${publicKey(key, `hostCas[${index}]`)}\n`).join('');
}

function path(text: string): string {
  return `"${oneLine(text, 'path', /^[^"\\%\p{Cc}]+$/u)}"`;
}
