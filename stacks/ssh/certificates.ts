import { oneLine, quote, SshError } from './texts';

/** Where the key of a CA is, on the machine of whoever signs. Its text is never asked for. */
export interface SigningKey {
  /** Path of the private key; of the public one where the key is in an agent or on a token. */
  readonly caKey: string;
  /** Whether ssh-agent signs, so that the key can stay on a token (`ssh-keygen -U`). @default false */
  readonly agent?: boolean;
}

export interface UserCertificateProps extends SigningKey {
  /** Whose it is, for every log: an e-mail address, an account of the company. */
  readonly person: string;
  readonly principals: readonly string[];
  /** Path of the person's public key. */
  readonly publicKey: string;
  /** How long it opens doors, in hours, at most 24. @default 8 */
  readonly hours?: number;
  /** Networks from which it is good, as CIDRs. @default - any */
  readonly from?: readonly string[];
}

/**
 * The command that signs a person's key. It allows a terminal and passing through the bastion, nothing else.
 *
 * @throws SshError where it would be good for more than a day, or for nobody
 */
export function userCertificateCommand(props: UserCertificateProps): string {
  const { person, principals, publicKey, hours = 8, from = [] } = props;
  if (!(hours > 0 && hours <= 24))
    throw new SshError(`hours is ${hours}; a person's certificate lasts at most 24, and is signed again the next day`);
  oneLine(person, 'person', /^[^\s,"\p{Cc}][^,"\p{Cc}]{0,127}$/u);
  return sign(props, publicKey, [
    ...['-I', person, '-n', principalList(principals), '-V', `-5m:+${Math.round(hours * 60)}m`],
    ...['-O', 'clear', '-O', 'permit-pty', '-O', 'permit-port-forwarding'],
    ...(from.length === 0 ? [] : ['-O', `source-address=${from.join(',')}`]),
  ]);
}

export interface HostCertificateProps extends SigningKey {
  /** The host's name and addresses: what clients may know it by. */
  readonly names: readonly string[];
  /** Path of the host's public key. */
  readonly publicKey: string;
  /** In weeks. @default 26 */
  readonly weeks?: number;
}

/** The command that signs a host's key, so that nobody has to believe a fingerprint. */
export function hostCertificateCommand(props: HostCertificateProps): string {
  const { names, publicKey, weeks = 26 } = props;
  if (!(Number.isInteger(weeks) && weeks >= 1 && weeks <= 104))
    throw new SshError(`weeks is ${weeks}; expected 1 to 104`);
  return sign(props, publicKey, ['-h', '-I', names[0] ?? '', '-n', principalList(names), '-V', `-5m:+${weeks}w`]);
}

function sign({ caKey, agent = false }: SigningKey, publicKey: string, options: readonly string[]): string {
  return ['ssh-keygen', ...(agent ? ['-U'] : []), '-s', caKey, ...options, publicKey].map(quote).join(' ');
}

function principalList(principals: readonly string[]): string {
  if (principals.length === 0)
    throw new SshError('a certificate without principals is good for every account; name at least one');
  for (const principal of principals) oneLine(principal, 'principal', /^[A-Za-z0-9][\w.@:/+-]{0,127}$/);
  return principals.join(',');
}
