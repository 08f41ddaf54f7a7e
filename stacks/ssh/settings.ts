/**
 * What sshd is told, as one table. The whole file is ours: with `Include` an earlier drop-in (cloud-init writes one that
 * allows passwords) would win, because sshd keeps the first value it reads.
 *
 * @see https://man.openbsd.org/sshd_config
 */

/** A certificate's way in: an account of the host, and whose certificates open it. */
export interface Login {
  /** An account of the host; never root. */
  readonly user: string;
  /** A certificate must name one of these. */
  readonly principals: readonly string[];
  /** Whether it has a recorded shell. @default - on nodes yes; on the bastion no: it may only pass on to the nodes */
  readonly shell?: boolean;
}

/** What the values of the table depend on. */
export interface SshdContext {
  readonly role: 'bastion' | 'node';
  readonly logins: readonly Login[];
  /** Networks that may log in. */
  readonly from: readonly string[];
  readonly port: number;
  /** `address:port` of the nodes, as `PermitOpen` has them; empty on a node. */
  readonly targets: readonly string[];
  /** Whether the host's OpenSSH is this version or newer. */
  readonly has: (version: string) => boolean;
}

export interface Setting {
  /** sshd's keyword. */
  readonly name: string;
  /** Nothing where the role or the version does not have it. */
  readonly value: (context: SshdContext) => string | undefined;
  readonly reason: string;
  /** What changes when it is relaxed; `firm` ones cannot be. */
  readonly relax: string;
  readonly firm?: true;
}

export const paths = {
  config: '/etc/ssh/sshd_config',
  hostKey: '/etc/ssh/ssh_host_ed25519_key',
  hostCertificate: '/etc/ssh/ssh_host_ed25519_key-cert.pub',
  userCa: '/etc/ssh/casemate_user_ca.pub',
  principals: '/etc/ssh/casemate_principals',
  revoked: '/etc/ssh/casemate_revoked_keys',
  recorder: '/usr/local/lib/casemate/record-session',
} as const;

const never = 'Not here: this is what the component is for. Write a configuration of your own.';
const always = (value: string) => () => value;
const onBastion =
  (value: string): Setting['value'] =>
  ({ role }) =>
    role === 'bastion' ? value : undefined;
const onNodes =
  (value: string): Setting['value'] =>
  ({ role }) =>
    role === 'node' ? value : undefined;

/** For everybody; `Match` blocks of single accounts follow in the file. */
export const sshdSettings: readonly Setting[] = [
  {
    name: 'Port',
    value: ({ port }) => `${port}`,
    reason: 'The one port the firewall knows.',
    relax: 'Give `port`, here and to the firewall.',
    firm: true,
  },
  {
    name: 'HostKey',
    value: always(paths.hostKey),
    reason: 'One kind of key, so that there is one certificate to renew.',
    relax: 'Another path, for a key that the image brings.',
  },
  {
    name: 'HostCertificate',
    value: always(paths.hostCertificate),
    reason: 'Clients trust the CA of the hosts and are never asked about a fingerprint.',
    relax: 'Another path.',
  },
  {
    name: 'TrustedUserCAKeys',
    value: always(paths.userCa),
    reason: 'People come with certificates that expire, not with keys that stay.',
    relax: never,
    firm: true,
  },
  {
    name: 'AuthorizedPrincipalsFile',
    value: always(`${paths.principals}/%u`),
    reason: 'A certificate opens only the accounts that name one of its principals.',
    relax: never,
    firm: true,
  },
  {
    name: 'AuthorizedKeysFile',
    value: always('none'),
    reason: 'A key left in a home directory would outlive every certificate.',
    relax: '`.ssh/authorized_keys` allows plain keys; relax PubkeyAcceptedAlgorithms with it.',
  },
  {
    name: 'RevokedKeys',
    value: always(paths.revoked),
    reason: 'A stolen key can be shut out before its certificate expires.',
    relax: 'Another path; the file must exist, or nobody gets in.',
  },
  {
    name: 'AuthenticationMethods',
    value: always('publickey'),
    reason: 'One way in.',
    relax:
      '`publickey,keyboard-interactive` asks for a second factor by PAM; relax KbdInteractiveAuthentication with it.',
  },
  {
    name: 'PasswordAuthentication',
    value: always('no'),
    reason: 'Passwords are guessed (CIS Debian 12, 5.1).',
    relax: never,
    firm: true,
  },
  {
    name: 'KbdInteractiveAuthentication',
    value: always('no'),
    reason: 'It is a password by another name.',
    relax: '`yes` for a second factor besides the certificate (AuthenticationMethods).',
  },
  { name: 'PermitEmptyPasswords', value: always('no'), reason: 'No password at all.', relax: never, firm: true },
  {
    name: 'PermitRootLogin',
    value: always('no'),
    reason: 'Whoever becomes root does it by sudo, under a name that is in the record.',
    relax: never,
    firm: true,
  },
  {
    name: 'AllowUsers',
    value: ({ logins, from }) =>
      distinct(logins.map(({ user }) => user))
        .flatMap((user) => from.map((network) => `${user}@${network}`))
        .join(' '),
    reason: 'A second wall behind the firewall: these accounts, from these networks.',
    relax: 'Give `logins` and `from`.',
    firm: true,
  },
  {
    name: 'AllowTcpForwarding',
    value: ({ role }) => (role === 'bastion' ? 'local' : 'no'),
    reason:
      'The bastion passes connections on to nodes; a node passes on nothing, or it would be a way round the firewall.',
    relax: never,
    firm: true,
  },
  {
    name: 'PermitOpen',
    value: ({ role, targets }) => (role === 'bastion' ? targets.join(' ') : 'none'),
    reason: "Only to the nodes' SSH: not to etcd, the kubelet or the network behind.",
    relax: 'Give `nodes`.',
    firm: true,
  },
  { name: 'PermitListen', value: always('none'), reason: 'Nothing listens for a client.', relax: never, firm: true },
  {
    name: 'DisableForwarding',
    value: onNodes('yes'),
    reason: 'Everything that can be forwarded, and what later versions add.',
    relax: never,
    firm: true,
  },
  {
    name: 'AllowAgentForwarding',
    value: always('no'),
    reason: "Root on a host could use a forwarded agent's keys; ProxyJump needs none.",
    relax: never,
    firm: true,
  },
  {
    name: 'AllowStreamLocalForwarding',
    value: always('no'),
    reason: 'A Unix socket (of a container runtime) is as good as root.',
    relax: never,
    firm: true,
  },
  { name: 'GatewayPorts', value: always('no'), reason: 'No doors for others.', relax: never, firm: true },
  { name: 'PermitTunnel', value: always('no'), reason: 'No network around the firewall.', relax: never, firm: true },
  { name: 'X11Forwarding', value: always('no'), reason: 'Servers have no windows.', relax: never, firm: true },
  {
    name: 'PermitUserEnvironment',
    value: always('no'),
    reason: 'LD_PRELOAD would run before the recorder.',
    relax: never,
    firm: true,
  },
  {
    name: 'PermitUserRC',
    value: always('no'),
    reason: '~/.ssh/rc would run before the recorder.',
    relax: never,
    firm: true,
  },
  {
    name: 'KexAlgorithms',
    value: ({ has }) =>
      [
        ...(has('9.9') ? ['mlkem768x25519-sha256'] : []),
        'sntrup761x25519-sha512@openssh.com',
        'curve25519-sha256',
        'curve25519-sha256@libssh.org',
      ].join(','),
    reason: 'Post-quantum first, so that what is recorded today stays unreadable (https://www.openssh.com/pq.html).',
    relax: 'Leave out curve25519 to refuse clients without post-quantum exchange; or add what an old client has.',
  },
  {
    name: 'Ciphers',
    value: ({ has }) =>
      [
        ...(has('9.6') ? ['chacha20-poly1305@openssh.com'] : []),
        'aes256-gcm@openssh.com',
        'aes128-gcm@openssh.com',
      ].join(','),
    reason: 'Authenticated encryption; ChaCha20 only where strict key exchange is sure (CVE-2023-48795, OpenSSH 9.6).',
    relax: 'Add what an old client has.',
  },
  {
    name: 'MACs',
    value: always('hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com'),
    reason: 'For a cipher that is added: encrypt, then authenticate.',
    relax: 'Add what an old client has.',
  },
  {
    name: 'HostKeyAlgorithms',
    value: always('ssh-ed25519-cert-v01@openssh.com,ssh-ed25519'),
    reason: 'The certificate; the bare key until it is signed.',
    relax: 'With another kind of HostKey.',
  },
  {
    name: 'PubkeyAcceptedAlgorithms',
    value: always(
      [
        'sk-ssh-ed25519-cert-v01@openssh.com',
        'ssh-ed25519-cert-v01@openssh.com',
        'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
        'ecdsa-sha2-nistp256-cert-v01@openssh.com',
        'rsa-sha2-512-cert-v01@openssh.com',
      ].join(','),
    ),
    reason: 'Certificates alone; RSA for smart cards that have nothing else.',
    relax: 'Only the two `sk-` ones, where everybody has a security key.',
  },
  {
    name: 'CASignatureAlgorithms',
    value: always(
      'sk-ssh-ed25519@openssh.com,ssh-ed25519,sk-ecdsa-sha2-nistp256@openssh.com,ecdsa-sha2-nistp256,rsa-sha2-512',
    ),
    reason: 'No certificate is signed with SHA-1 or RSA with SHA-256.',
    relax: 'Only the kind that your CA has.',
  },
  {
    name: 'RequiredRSASize',
    value: always('3072'),
    reason: '128 bits of strength (NIST SP 800-57).',
    relax: '`2048` for an old smart card.',
  },
  {
    name: 'MaxAuthTries',
    value: always('3'),
    reason: 'A certificate needs one; an agent may offer another first.',
    relax: 'More, for agents with many keys; better `IdentitiesOnly` at the client.',
  },
  {
    name: 'LoginGraceTime',
    value: always('30'),
    reason: 'Seconds that a stranger may hold a process.',
    relax: 'More for security keys that must be touched far away; 0 is forever.',
  },
  {
    name: 'MaxStartups',
    value: always('10:30:60'),
    reason: 'Strangers are turned away by chance from 10 on, so that a flood does not keep everyone out.',
    relax: 'More, where many people come at once.',
  },
  {
    name: 'PerSourceMaxStartups',
    value: onBastion('10'),
    reason: 'One address cannot take all the places. Nodes see one address only, the bastion.',
    relax: 'More, for offices behind one address.',
  },
  {
    name: 'PerSourcePenalties',
    value: ({ role, has }) => {
      if (!has('9.8')) return undefined;
      return role === 'bastion' ? 'crash:90 authfail:5 noauth:1 grace-exceeded:20 min:15 max:600' : 'no';
    },
    reason:
      'Whoever fails again and again waits. Not on nodes: all come from the bastion, and one would lock out everyone.',
    relax: 'Shorter, for offices behind one address.',
  },
  {
    name: 'MaxSessions',
    value: ({ role }) => (role === 'bastion' ? '0' : '4'),
    reason: 'Nobody needs a shell on the bastion to pass through it.',
    relax: 'Give a login `shell: true`.',
    firm: true,
  },
  {
    name: 'PermitTTY',
    value: onBastion('no'),
    reason: 'As above.',
    relax: 'Give a login `shell: true`.',
    firm: true,
  },
  {
    name: 'ForceCommand',
    value: ({ role }) => (role === 'node' ? paths.recorder : '/bin/false'),
    reason: "Every session of a node is recorded to the system's log, under the name in its certificate.",
    relax: never,
    firm: true,
  },
  {
    name: 'ExposeAuthInfo',
    value: always('yes'),
    reason: "The recorder learns whose certificate it was: an account's name is not a person's.",
    relax: never,
    firm: true,
  },
  {
    name: 'ClientAliveInterval',
    value: always('60'),
    reason: 'A laptop that was closed leaves no session open.',
    relax: 'More, for bad lines.',
  },
  { name: 'ClientAliveCountMax', value: always('3'), reason: 'Three minutes.', relax: 'More, for bad lines.' },
  {
    name: 'UnusedConnectionTimeout',
    value: always('300'),
    reason: 'A connection without any session or channel has no use.',
    relax: '`none`.',
  },
  {
    name: 'LogLevel',
    value: always('VERBOSE'),
    reason: "The certificate's id, serial number and CA for every login.",
    relax: '`DEBUG` while something is looked for.',
  },
  {
    name: 'LogVerbose',
    value: onBastion('serverloop.c:server_request_direct_tcpip():*'),
    reason: 'Which node everybody opened; sshd says so only when debugging.',
    relax: never,
    firm: true,
  },
  {
    name: 'SyslogFacility',
    value: always('AUTHPRIV'),
    reason: 'Where audit looks, and others do not.',
    relax: 'Where your log shipper looks.',
  },
  {
    name: 'UsePAM',
    value: always('yes'),
    reason: "The kernel's audit id (pam_loginuid), limits and expired accounts. PAM asks for no password here.",
    relax: '`no` on systems without PAM.',
  },
  {
    name: 'UseDNS',
    value: always('no'),
    reason: 'A name that a stranger may choose says nothing.',
    relax: '`yes` for names in the log.',
  },
  {
    name: 'Compression',
    value: always('no'),
    reason: 'Less code before and after login.',
    relax: '`yes` for slow lines.',
  },
];

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
