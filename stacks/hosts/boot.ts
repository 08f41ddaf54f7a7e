/** How the rules are there before the network is. */

import type { HostFile } from '../ssh';

export const bootFile = '/etc/nftables.d/casemate.nft';
/** Where a host keeps what is needed to undo a change. */
export const stateFolder = '/var/lib/casemate/firewall';
/** Says that the rules of before are ours too, so that there is nothing to put back. */
export const firstBootFile = `${stateFolder}/first-boot`;
export const unitName = 'casemate-firewall.service';
export const unitFile = `/etc/systemd/system/${unitName}`;

/**
 * Loads the rules before any network is up. After `nftables.service`, whose file usually begins with `flush ruleset`, and
 * again whenever that one is restarted. Stopping it leaves the rules: only `nft delete table inet casemate` takes them away.
 *
 * @see https://systemd.io/NETWORK_ONLINE/ for network-pre.target
 */
export const unitText = `[Unit]
Description=Firewall of casemate
Documentation=man:nft(8)
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=nftables.service
PartOf=nftables.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${bootFile}
ExecReload=/usr/sbin/nft -f ${bootFile}

[Install]
WantedBy=sysinit.target
`;

export interface CloudInitProps {
  /** Written as they are: those of sshd. @default - none */
  readonly files?: readonly HostFile[];
  /** Accounts that SSH opens; they have no password, and `sudo` where they have a shell. @default - none */
  readonly users?: readonly { readonly name: string; readonly sudo: boolean }[];
  /** @default - none: the first `pulumi up` brings the rules by SSH */
  readonly ruleset?: string;
  /**
   * After how many seconds the rules of the first boot are taken away again, unless `ssh()` has proven by then that it
   * gets in (it applies the same rules, and keeps them). 0 keeps them in any case: then a host whose rules are wrong is
   * created again, or repaired at its console. @default 900
   */
  readonly trialSeconds?: number;
}

/** The user data of a new host. It holds no secret; the host makes its own key. */
export function cloudInit(props: CloudInitProps): string {
  const { files = [], users = [], ruleset, trialSeconds = 900 } = props;
  if (!Number.isInteger(trialSeconds) || trialSeconds < 0)
    throw new RangeError(`trialSeconds is ${trialSeconds}; expected a whole number from 0 on`);
  const rules: HostFile[] =
    ruleset === undefined
      ? []
      : [
          { path: bootFile, content: ruleset, mode: '0600' },
          { path: unitFile, content: unitText, mode: '0644' },
          { path: firstBootFile, content: '', mode: '0600' },
        ];
  const config = {
    ...(users.length > 0 && {
      users: users.map(({ name, sudo }) => ({
        name,
        lock_passwd: true,
        shell: sudo ? '/bin/bash' : '/usr/sbin/nologin',
        ...(sudo && { sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
      })),
    }),
    write_files: [...files, ...rules].map(({ path, content, mode }) => ({
      path,
      content,
      permissions: mode,
      owner: 'root:root',
    })),
    runcmd: [
      ...(ruleset === undefined ? [] : startRules(trialSeconds)),
      // Either name is the distribution's; the other fails without harm.
      ...(files.length === 0 ? [] : ['systemctl try-reload-or-restart ssh.service sshd.service']),
    ],
  };
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`;
}

function startRules(seconds: number): string[] {
  // A table that was proven meanwhile has its mark: the folder that the proof leaves behind.
  const undo = `[ -d ${stateFolder}/original ] || { systemctl disable ${unitName}; rm -f ${bootFile}; nft delete table inet casemate; }`;
  return [
    ...(seconds === 0
      ? []
      : [`systemd-run --collect --unit=casemate-first-boot --on-active=${seconds} /bin/sh -c '${undo}'`]),
    'systemctl daemon-reload',
    `systemctl enable --now ${unitName}`,
  ];
}
