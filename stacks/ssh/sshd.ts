import { parseAddresses } from '../firewall/addresses';
import { type Login, paths, type SshdContext, sshdSettings } from './settings';
import { hostNamePattern, oneLine, publicKey, SshError } from './texts';

/** One setting of the table with another value, and why. */
export interface Relaxation {
  /** sshd's keyword, as in the table. */
  readonly setting: string;
  readonly value: string;
  /** Written beside it in the file. */
  readonly reason: string;
}

interface Common {
  readonly logins: readonly Login[];
  /** Networks or addresses that may log in: the office for the bastion, the bastion for nodes. */
  readonly from: readonly string[];
  /** @default 22 */
  readonly port?: number;
  /** The host's OpenSSH, from 9.2 on: older ones do not start with keywords they do not know. @default '9.2' */
  readonly openssh?: string;
  /** @default - none */
  readonly relax?: readonly Relaxation[];
}

export interface BastionSshdProps extends Common {
  readonly role: 'bastion';
  /** Addresses of the nodes: nothing else can be reached through the bastion. */
  readonly nodes: readonly string[];
  /** @default 22 */
  readonly nodePort?: number;
}

export interface NodeSshdProps extends Common {
  readonly role: 'node';
}

export type SshdProps = BastionSshdProps | NodeSshdProps;

/** A file that a host is to have. */
export interface HostFile {
  readonly path: string;
  readonly content: string;
  /** As for chmod: `0644`. Root owns it. */
  readonly mode: string;
}

/**
 * The whole `/etc/ssh/sshd_config` of a bastion or a node.
 *
 * @throws SshError where options contradict one another or what the file is for
 */
export function sshdConfig(props: SshdProps): string {
  const context = contextOf(props);
  const relaxations = relaxationsOf(props.relax ?? []);
  const lines = sshdSettings.flatMap(({ name, value }) => {
    const usual = value(context);
    const relaxed = relaxations.get(name);
    if (relaxed !== undefined) return [`# Relaxed: ${relaxed.reason}`, `${name} ${relaxed.value}`];
    return usual === undefined ? [] : [`${name} ${usual}`];
  });
  return `# Written by casemate for ${props.role === 'bastion' ? 'the bastion' : 'a node'}; changes by hand are lost.
${lines.join('\n')}
${shells(props)}`;
}

/** Accounts with a shell on the bastion: the rest of the file says there is none. */
function shells({ role, logins }: SshdProps): string {
  if (role === 'node') return '';
  return logins
    .filter(({ shell }) => shell === true)
    .map(({ user }) => `\nMatch User ${user}\n\tMaxSessions 4\n\tPermitTTY yes\n\tForceCommand ${paths.recorder}\n`)
    .join('');
}

export interface SshdFilesProps {
  readonly sshd: SshdProps;
  /** Public keys of the CAs that sign people's keys, as in a `.pub` file; two while one replaces the other. */
  readonly userCas: readonly string[];
  /** Public keys that no certificate helps any more. @default - none */
  readonly revoked?: readonly string[];
  /** The socket of the system's log. @default '/dev/log' */
  readonly logSocket?: string;
}

/**
 * All files that sshd needs besides the host's own key and its certificate, which never leave the host.
 *
 * @throws SshError where a key is not a public one, or options contradict one another
 */
export function sshdFiles(props: SshdFilesProps): HostFile[] {
  const { sshd, userCas, revoked = [], logSocket } = props;
  if (userCas.length === 0)
    throw new SshError('userCas is empty: no certificate would open any host; give one public key');
  const keys = (field: string, all: readonly string[]) =>
    all.map((key, index) => `${publicKey(key, `${field}[${index}]`)}\n`).join('');
  const file = (path: string, content: string, mode = '0644') => ({ path, content, mode });
  return [
    file(paths.config, sshdConfig(sshd), '0600'),
    file(paths.userCa, keys('userCas', userCas)),
    file(paths.revoked, keys('revoked', revoked)),
    ...sshd.logins.map(({ user, principals }) =>
      file(
        `${paths.principals}/${user}`,
        [...principals]
          .sort()
          .map((principal) => `${principal}\n`)
          .join(''),
      ),
    ),
    ...(sshd.logins.some(({ shell = sshd.role === 'node' }) => shell)
      ? [file(paths.recorder, recorder(logSocket), '0755')]
      : []),
  ];
}

/**
 * What runs in place of a shell: it names the person, runs what was asked for, and sends what is typed and shown to the
 * system's log, where its user cannot take it back. Without a terminal the command's text is recorded; what it reads and
 * writes is not, because files would be in it.
 */
export function recorder(logSocket = '/dev/log'): string {
  return `#!/bin/sh
# Written by casemate: runs a session of SSH and records it in the system's log.
log() {
	logger --socket '${oneLine(logSocket, 'logSocket', /^\/[\w./-]+$/)}' --socket-errors=on --tag casemate-session --priority authpriv.info --id="$$" --size 16384
}
person=$(sed -n 's/^publickey //p' "\${SSH_USER_AUTH:-/dev/null}" | ssh-keygen -L -f - 2>/dev/null | sed -n 's/^ *Key ID: "\\(.*\\)"$/\\1/p')
shell=\${SHELL:-/bin/sh}
if ! printf '%s as %s from %s: %s\\n' "\${person:-nobody known}" "$(id -un)" "\${SSH_CONNECTION%% *}" "\${SSH_ORIGINAL_COMMAND:-a shell}" | log; then
	echo 'casemate: no session without a record, and the log of this host does not answer' >&2
	exit 1
fi
if [ -n "\${SSH_ORIGINAL_COMMAND:-}" ] && [ -z "\${SSH_TTY:-}" ]; then
	exec "$shell" -c "$SSH_ORIGINAL_COMMAND"
fi
exec 4>&1
status=$(
	{
		{
			script --quiet --flush --return --command "\${SSH_ORIGINAL_COMMAND:-exec $shell -l}" /dev/fd/3 3>&1 >&4 5>&-
			echo $? >&5
		} | log >&2 4>&-
	} 5>&1
)
exit "$status"
`;
}

function contextOf(props: SshdProps): SshdContext {
  const { role, logins, from, port = 22, openssh = '9.2' } = props;
  if (logins.length === 0) throw new SshError('logins is empty: nobody could log in; give at least one account');
  const seen = new Set<string>();
  for (const { user, principals, shell } of logins) {
    oneLine(user, 'logins: user', /^[a-z_][a-z0-9_-]{0,31}$/);
    if (user === 'root') throw new SshError('logins: root never logs in; name another account, which uses sudo');
    if (seen.has(user)) throw new SshError(`logins: account "${user}" stands twice; put its principals together`);
    seen.add(user);
    if (principals.length === 0)
      throw new SshError(`logins: account "${user}" has no principals: no certificate opens it`);
    for (const principal of principals) oneLine(principal, `principals of "${user}"`, /^[A-Za-z0-9][\w.@:/+-]{0,127}$/);
    if (role === 'node' && shell === false)
      throw new SshError(`logins: account "${user}" of a node has neither a shell nor forwarding; leave it out`);
  }
  if (from.length === 0) throw new SshError('from is empty: nobody could log in; give the networks that may');
  const [major, minor] = versionOf(openssh);
  const has = (version: string) => {
    const [theirs, least] = versionOf(version);
    return major > theirs || (major === theirs && minor >= least);
  };
  if (!has('9.2'))
    throw new SshError(`openssh is ${openssh}; 9.2 (February 2023) is the oldest that has these settings`);
  return {
    role,
    logins,
    from: from.map((network) => address(network, 'from')),
    port: portOf(port, 'port'),
    targets: role === 'bastion' ? targetsOf(props) : [],
    has,
  };
}

function targetsOf({ nodes, nodePort = 22 }: BastionSshdProps): string[] {
  if (nodes.length === 0)
    throw new SshError('nodes is empty: a bastion that leads nowhere; give the addresses of the nodes');
  return nodes.map((node) => {
    const known = hostNamePattern.test(node) ? node : address(node, 'nodes');
    if (known.includes('/')) throw new SshError(`nodes: ${known} is a network; sshd permits single addresses`);
    return `${known.includes(':') ? `[${known}]` : known}:${portOf(nodePort, 'nodePort')}`;
  });
}

function relaxationsOf(relaxations: readonly Relaxation[]): Map<string, Relaxation> {
  const found = new Map<string, Relaxation>();
  for (const relaxation of relaxations) {
    const { setting, value, reason } = relaxation;
    const row = sshdSettings.find(({ name }) => name === setting);
    if (row === undefined) throw new SshError(`relax: there is no setting "${setting}" in the table`);
    if (row.firm === true) throw new SshError(`relax: ${setting} stays as it is (${row.reason}). ${row.relax}`);
    if (found.has(setting)) throw new SshError(`relax: ${setting} stands twice`);
    oneLine(value, `relax: value of ${setting}`, /^[ -~]+$/);
    oneLine(reason, `relax: reason for ${setting}`, /^[^\p{Cc}\u2028\u2029]*\S[^\p{Cc}\u2028\u2029]*$/u);
    found.set(setting, relaxation);
  }
  return found;
}

function versionOf(text: string): [number, number] {
  const [, major, minor] = /^(\d{1,2})\.(\d{1,2})(?:p\d+)?$/.exec(text) ?? [];
  if (major === undefined || minor === undefined)
    throw new SshError(`openssh is ${JSON.stringify(text)}; expected a version such as 9.2 or 10.0`);
  return [Number(major), Number(minor)];
}

function portOf(port: number, field: string): number {
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new SshError(`${field} is ${port}; expected 1 to 65535`);
  return port;
}

function address(text: string, field: string): string {
  try {
    parseAddresses(text);
  } catch (error) {
    throw new SshError(`${field}: ${(error as Error).message}`);
  }
  return text;
}
