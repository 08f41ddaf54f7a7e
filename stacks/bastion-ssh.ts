import * as pulumi from '@pulumi/pulumi';
import { bastionIntent, type Host, type Intent, type OpenExemption } from './firewall';
import { Firewall, type FirewallProps } from './firewall-component';
import { cloudInit } from './hosts';
import type { Inputs } from './inputs';
import {
  breakGlassRoles,
  type HostFile,
  hostCertificateCommand,
  knownHosts,
  type Relaxation,
  type SshdProps,
  sshConfig,
  sshdFiles,
  userCertificateCommand,
} from './ssh';

export interface BastionSshSettings {
  /** The bastion, with all of its addresses; the first is the one that people use. */
  readonly host: Host;
  /** What is reached through it, each by its first address. */
  readonly nodes: readonly Host[];
  /** Networks of the office or VPN. */
  readonly from: readonly string[];
  /**
   * Whether anybody gets in by SSH. `off` opens port 22 nowhere: a node is then repaired by `kubectl debug`, and the
   * bastion may as well not exist. @default 'on'
   */
  readonly access?: 'on' | 'off';
  /** Public keys of the CAs that sign people's keys; their private keys stay where they are. */
  readonly userCas: readonly string[];
  /** Public keys of the CAs that sign hosts' keys. */
  readonly hostCas: readonly string[];
  /** What people's certificates name, to reach the nodes. */
  readonly principals: readonly string[];
  /** What certificates name to have a shell on the bastion too, as `nftables({ ssh })` needs. @default - nobody's */
  readonly keepers?: readonly string[];
  /** The account with a shell. @default 'ops' */
  readonly user?: string;
  /** The account that only passes on, on the bastion. @default 'jump' */
  readonly jumpUser?: string;
  /** How long people's certificates last, in hours. @default 8 */
  readonly hours?: number;
  /** @default 22 */
  readonly port?: number;
  /** The hosts' OpenSSH. @default '9.2' */
  readonly openssh?: string;
  /** Public keys that no certificate helps any more. @default - none */
  readonly revoked?: readonly string[];
  /** BastionSshSettings of sshd, on all hosts, with their reasons. @default - none */
  readonly relax?: readonly Relaxation[];
  readonly exemptions?: readonly OpenExemption[];
}

/**
 * `enforce` is for the bastion's own firewall. Where a `ClusterFirewall` already has the bastion, give `[]`: two rule sets
 * for one host would replace each other.
 */
export type BastionSshProps = Inputs<BastionSshSettings> & FirewallProps;

/**
 * SSH through one door: the bastion takes people from the office alone and passes them on to the nodes' SSH alone; nodes
 * know people by short certificates, people know hosts by theirs, and every session on a host is recorded.
 *
 * The nodes' firewall, which lets SSH in from the bastion alone, is `ClusterFirewall`'s or `EtcdFirewall`'s: give them the
 * bastion.
 *
 * @example
 * const bastion = new BastionSsh('bastion', {
 *   host: { name: 'bastion', addresses: ['203.0.113.5'] }, nodes, from: ['198.51.100.0/24'],
 *   userCas: [config.require('userCa')], hostCas: [config.require('hostCa')], principals: ['ops'], enforce: hcloud(),
 * });
 * export const sshConfig = bastion.sshConfig;
 */
export class BastionSsh extends Firewall {
  /** A person's `~/.ssh/config`; the file that it names for known hosts holds `knownHosts`. */
  public readonly sshConfig: pulumi.Output<string>;
  /** The text of `~/.ssh/casemate_known_hosts`. */
  public readonly knownHosts: pulumi.Output<string>;
  /** What whoever keeps the CA runs for a person, with `PERSON` replaced. */
  public readonly certificateCommand: pulumi.Output<string>;
  /** What whoever keeps the CA runs for each host, by host: with its public key, which it makes at first boot. */
  public readonly hostCertificateCommands: pulumi.Output<Record<string, string>>;
  /** The files of sshd, by host. */
  public readonly sshdFiles: pulumi.Output<Record<string, readonly HostFile[]>>;
  /** User data for new hosts, by host. */
  public readonly cloudInit: pulumi.Output<Record<string, string>>;
  /** Kubernetes objects for when SSH is off: who may `kubectl debug` nodes, bound to nobody. */
  public readonly breakGlass: readonly object[];

  /** @throws ResourceError, by the engine, where the intent is refused, or options of SSH contradict one another */
  public constructor(name: string, props: BastionSshProps, options?: pulumi.ComponentResourceOptions) {
    const { enforce, ...settings } = props;
    super('BastionSsh', name, settings, enforce, bastionSshIntent, options);
    const all = pulumi.output(settings) as unknown as pulumi.Output<BastionSshSettings>;
    const texts = all.apply(textsOf);
    this.sshConfig = texts.sshConfig;
    this.knownHosts = texts.knownHosts;
    this.certificateCommand = texts.certificateCommand;
    this.hostCertificateCommands = texts.hostCertificateCommands;
    this.sshdFiles = texts.sshdFiles;
    this.cloudInit = pulumi
      .all([all, this.sshdFiles, this.rulesets])
      .apply(([known, files, rulesets]) => userData(known, files, rulesets));
    this.breakGlass = breakGlassRoles();
  }
}

/** SSH to the bastion. The nodes are in it only to be seen: a bastion that is a node as well is refused. Not yet checked. */
export function bastionSshIntent(settings: BastionSshSettings): Intent {
  const { host, nodes, from, access = 'on', port, exemptions } = settings;
  const intent = bastionIntent({
    bastion: [host],
    admins: from,
    ...(port !== undefined && { sshPort: port }),
    ...(exemptions !== undefined && { exemptions }),
  });
  const all = {
    ...intent,
    groups: [
      ...intent.groups,
      {
        name: 'nodes',
        title: 'Nodes',
        kind: 'networks' as const,
        addresses: nodes.flatMap(({ addresses }) => addresses),
      },
    ],
  };
  return access === 'on' ? all : { ...all, flows: [], required: [] };
}

const knownHostsFile = '~/.ssh/casemate_known_hosts';

function textsOf(settings: BastionSshSettings) {
  const {
    host,
    nodes,
    hostCas,
    principals,
    keepers = [],
    user = 'ops',
    jumpUser = 'jump',
    hours,
    port = 22,
  } = settings;
  const destination = (each: Host, account: string) => ({ name: each.name, address: first(each), user: account, port });
  const hosts = [host, ...nodes];
  return {
    sshConfig: sshConfig({
      bastion: destination(host, jumpUser),
      hosts: nodes.map((node) => destination(node, user)),
      identityFile: '~/.ssh/id_ed25519',
      certificateFile: '~/.ssh/id_ed25519-cert.pub',
      knownHostsFile,
    }),
    knownHosts: knownHosts(
      hostCas,
      hosts.map(({ name }) => name),
    ),
    certificateCommand: userCertificateCommand({
      caKey: 'user_ca',
      person: 'PERSON',
      principals: [...principals, ...keepers],
      publicKey: 'PERSON.pub',
      ...(hours !== undefined && { hours }),
    }),
    hostCertificateCommands: Object.fromEntries(
      hosts.map(({ name, addresses }) => [
        name,
        hostCertificateCommand({ caKey: 'host_ca', names: [name, ...addresses], publicKey: `${name}.pub` }),
      ]),
    ),
    sshdFiles: Object.fromEntries(hosts.map((each) => [each.name, filesOf(settings, each)])) as Record<
      string,
      readonly HostFile[]
    >,
  };
}

function filesOf(settings: BastionSshSettings, each: Host): HostFile[] {
  const { host, nodes, from, userCas, principals, keepers = [], user = 'ops', jumpUser = 'jump' } = settings;
  const { port = 22, openssh, revoked = [], relax = [] } = settings;
  const everyone = [...principals, ...keepers];
  const common = { port, relax, ...(openssh !== undefined && { openssh }) };
  const sshd: SshdProps =
    each === host
      ? {
          ...common,
          role: 'bastion',
          logins: [
            { user: jumpUser, principals: everyone },
            ...(keepers.length === 0 ? [] : [{ user, principals: keepers, shell: true }]),
          ],
          from,
          nodes: nodes.flatMap(({ addresses }) => addresses),
          nodePort: port,
        }
      : { ...common, role: 'node', logins: [{ user, principals: everyone }], from: host.addresses };
  return sshdFiles({ sshd, userCas, revoked });
}

function userData(
  { host, nodes, keepers = [], user = 'ops', jumpUser = 'jump' }: BastionSshSettings,
  files: Record<string, readonly HostFile[]>,
  rulesets: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    [host, ...nodes].map(({ name }) => {
      const ruleset = rulesets[name];
      const users = [
        ...(name === host.name ? [{ name: jumpUser, sudo: false }] : []),
        ...(name !== host.name || keepers.length > 0 ? [{ name: user, sudo: true }] : []),
      ];
      return [name, cloudInit({ files: files[name] ?? [], users, ...(ruleset !== undefined && { ruleset }) })];
    }),
  );
}

function first({ addresses: [address = ''] }: Host): string {
  return address;
}
