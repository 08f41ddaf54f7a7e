import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostFile } from '../../../stacks';
import type { Protocol } from '../../../stacks/firewall';
import { buildGo } from './go';

/**
 * A network of hosts in namespaces of the kernel: each has its own interfaces, routes, packet filter and sockets, and they
 * reach one another through a router, in IPv4 and IPv6. Nothing outside can be reached from there.
 */
export interface NetworkHost {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface Probe {
  readonly dst: string;
  readonly protocol: Protocol;
  readonly port?: number;
}

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What makes a host one that people log in to. */
export interface SshServer {
  /** As the host has them when sshd starts. Anything it changes below `/etc`, `/usr/bin`, `/usr/local`, `/var/lib` and `/run` is its own. */
  readonly files: readonly HostFile[];
  readonly users: readonly string[];
}

/** Why there can be no such network here; nothing where there can be one. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, and network namespaces are Linux'`;
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const programs = [
    'ip',
    'nft',
    'ssh',
    '/usr/sbin/sshd',
    'ssh-keygen',
    'script',
    'logger',
    'setpriv',
    'unshare',
    'nsenter',
  ];
  const missing = programs.filter((name) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status !== 0);
  if (missing.length > 0)
    return `${missing.join(', ')} not found (Debian: apt-get install iproute2 nftables openssh-server bsdutils util-linux)`;
  const name = `casemate-${process.pid}-try`;
  const tried = spawnSync('sh', [
    '-c',
    `ip netns add ${name} && ip netns exec ${name} nft list tables; status=$?; ip netns del ${name}; exit $status`,
  ]);
  return tried.status === 0 ? undefined : `network namespaces are not allowed here: ${tried.stderr.toString().trim()}`;
}

const routerIpv4 = '169.254.1.1';
/** Without duplicate address detection, addresses can be used at once. */
const noDuplicateCheck = ['ipv6/conf/default/accept_dad', 0] as const;

export class Network {
  public readonly folder = mkdtempSync(join(tmpdir(), 'casemate-network-'));
  private readonly prefix = `casemate-${process.pid}-`;
  private readonly processes: ChildProcessWithoutNullStreams[] = [];
  private readonly probers = new Map<string, Prober>();
  private readonly servers = new Map<string, number>();
  private readonly logs: Server[] = [];
  private readonly guard: ChildProcessWithoutNullStreams;

  /** @throws Error with what `ip` said */
  public static async open(hosts: readonly NetworkHost[]): Promise<Network> {
    const network = new Network(hosts);
    try {
      network.connect();
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  private constructor(private readonly hosts: readonly NetworkHost[]) {
    // Accounts of hosts read what the tests put there.
    chmodSync(this.folder, 0o755);
    // When the tests die without a word, the guard reads the end of its input, and clears up.
    this.guard = spawn('sh', ['-c', `cat >/dev/null; ${this.clearing()}`], { detached: true });
    this.guard.unref();
  }

  public namespace(host: string): string {
    return `${this.prefix}${host}`;
  }

  /** The beginning of a command that runs on a host. */
  public on(host: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace(host)];
  }

  /** Runs a program on a host's network, with the test machine's files. */
  public run(
    host: string,
    command: readonly string[],
    options: { input?: string; seconds?: number } = {},
  ): Promise<Result> {
    return finished([...this.on(host), ...command], options);
  }

  /** Runs a program as root on a host that has an SSH server, with its own files. */
  public inside(host: string, command: readonly string[], options: { input?: string } = {}): Promise<Result> {
    const server = this.servers.get(host);
    if (server === undefined) throw new Error(`${host} has no SSH server`);
    return finished(['nsenter', '-t', `${server}`, '-m', '-n', ...command], options);
  }

  /** Starts a program on a host; it ends with the network. Its output goes to a file. */
  public start(host: string, name: string, command: readonly string[]): ChildProcessWithoutNullStreams {
    const log = openSync(this.logOf(host, name), 'a');
    const [program = '', ...args] = [...this.on(host), ...command];
    const child = spawn(program, args, { stdio: ['pipe', log, log] }) as ChildProcessWithoutNullStreams;
    child.once('error', () => undefined);
    closeSync(log);
    this.processes.push(child);
    return child;
  }

  public logOf(host: string, name: string): string {
    return join(this.folder, `${host}.${name}.log`);
  }

  /** Whether each packet that begins a connection arrives. Every host must have been given what it listens on. */
  public async probe(from: string, probes: readonly Probe[], timeoutMs: number): Promise<boolean[]> {
    const prober = this.probers.get(from);
    if (prober === undefined) throw new Error(`${from} does not probe`);
    return prober.ask(probes, timeoutMs);
  }

  /**
   * Lets every host listen on these ports, where nothing else does, and ask the others. From then on hosts forget
   * connections without ports after a second, where they keep track of any.
   */
  public async listen(services: readonly string[]): Promise<void> {
    for (const { name } of this.hosts)
      await this.run(name, ['sh', '-c', 'echo 1 >/proc/sys/net/netfilter/nf_conntrack_generic_timeout']);
    const binary = buildGo(join(__dirname, '..', 'prober'), { name: 'prober' });
    await Promise.all(
      this.hosts.map(async ({ name }) => {
        const prober = new Prober([...this.on(name), binary, ...services]);
        this.processes.push(prober.process);
        this.probers.set(name, prober);
        await prober.ready;
      }),
    );
  }

  /** Starts a real sshd with files and accounts of its own, and what the log of its system gets. */
  public async startSsh(host: string, { files, users }: SshServer): Promise<void> {
    const tree = join(this.folder, `${host}.files`);
    for (const { path, content, mode } of files) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content);
      chmodSync(join(tree, path), Number.parseInt(mode, 8));
    }
    const records = openSync(this.logOf(host, 'records'), 'a');
    const socket = this.logSocket(host);
    const log = createServer((connection) =>
      connection.on('data', (data) => writeFileSync(records, data)).on('error', () => undefined),
    );
    this.logs.push(log);
    await new Promise<void>((resolve) => log.listen(socket, resolve));
    chmodSync(socket, 0o666);
    mkdirSync(join(this.folder, `${host}.own`));
    const child = this.start(host, 'sshd', [
      'sh',
      '-c',
      launcher,
      'sh',
      join(this.folder, `${host}.own`),
      tree,
      ...users,
    ]);
    if (child.pid === undefined) throw new Error('ip does not run');
    this.servers.set(host, child.pid);
    for (let waited = 0; !/Server listening on ::/.test(this.read(host, 'sshd')); waited += 50) {
      if (child.exitCode !== null || waited > 20_000)
        throw new Error(`sshd of ${host} does not start:\n${this.read(host, 'sshd')}`);
      await sleep(50);
    }
  }

  /** What a recorder on this host has to write to. */
  public logSocket(host: string): string {
    return join(this.folder, `${host}.log.sock`);
  }

  public read(host: string, name: string): string {
    const file = this.logOf(host, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Ends every process and removes every namespace and file. */
  public async close(): Promise<void> {
    for (const log of this.logs) log.close();
    const ended = this.processes
      .filter(({ pid, exitCode, signalCode }) => pid !== undefined && exitCode === null && signalCode === null)
      .map((process) => new Promise((resolve) => process.once('exit', resolve)));
    execFileSync('sh', ['-c', this.clearing()], { stdio: 'ignore' });
    await Promise.all(ended);
    this.guard.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Every process in a namespace is of ours: nothing else knows its name. */
  private clearing(): string {
    const namespaces = [...this.hosts.map(({ name }) => name), 'router'].map((name) => this.namespace(name));
    return `for each in ${namespaces.join(' ')}; do ip netns pids $each 2>/dev/null | xargs -r kill -9 2>/dev/null; ip netns del $each 2>/dev/null; done; rm -rf '${this.folder}'; true`;
  }

  private connect(): void {
    const router = this.namespace('router');
    const ip = (lines: readonly string[], namespace?: string) =>
      execFileSync('ip', [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], {
        input: `${lines.join('\n')}\n`,
        stdio: ['pipe', 'ignore', 'pipe'],
      });
    const kernel = (namespace: string, settings: readonly (readonly [string, number])[]) =>
      execFileSync('ip', [
        ...['netns', 'exec', namespace, 'sh', '-c'],
        settings.map(([key, value]) => `echo ${value} >/proc/sys/net/${key}`).join(' && '),
      ]);
    ip([`netns add ${router}`, ...this.hosts.map(({ name }) => `netns add ${this.namespace(name)}`)]);
    kernel(router, [['ipv4/ip_forward', 1], ['ipv6/conf/all/forwarding', 1], noDuplicateCheck]);
    for (const { name } of this.hosts) kernel(this.namespace(name), [noDuplicateCheck]);
    ip(
      this.hosts.map(
        ({ name }, index) =>
          `link add h${index} netns ${router} type veth peer name eth0 netns ${this.namespace(name)}`,
      ),
    );
    ip(
      this.hosts.flatMap(({ ipv4, ipv6 }, index) => [
        `addr add ${routerIpv4}/32 dev h${index}`,
        `addr add fe80::1/64 dev h${index} nodad`,
        `link set h${index} up`,
        `route add ${ipv4}/32 dev h${index}`,
        `route add ${ipv6}/128 dev h${index}`,
      ]),
      router,
    );
    for (const { name, ipv4, ipv6 } of this.hosts)
      ip(
        [
          'link set lo up',
          'link set eth0 up',
          `addr add ${ipv4}/32 dev eth0`,
          `addr add ${ipv6}/128 dev eth0 nodad`,
          `route add default via ${routerIpv4} dev eth0 onlink`,
          'route add default via fe80::1 dev eth0',
        ],
        this.namespace(name),
      );
  }
}

/**
 * Gives the host what it may write to (`ip netns exec` has taken it out of the machine's mounts), and starts sshd. Its
 * `sudo` is a stand-in that knows nothing but `-n`, because the package is not everywhere. An empty `/run` says that
 * there is no systemd here, whatever the machine has.
 */
const launcher = `set -e
own=$1 files=$2; shift 2
mount -t tmpfs tmpfs "$own"
for each in etc usr/bin usr/local var/lib; do
	mkdir -p "$own/$each.upper" "$own/$each.work"
	mount -t overlay overlay -o "lowerdir=/$each,upperdir=$own/$each.upper,workdir=$own/$each.work" "/$each"
done
mount -t tmpfs tmpfs /run
mkdir /run/sshd
id=2000
for user; do
	id=$((id + 1))
	echo "$user:x:$id:$id::/var/lib/$user:/bin/sh" >>/etc/passwd
	echo "$user:x:$id:" >>/etc/group
	echo "$user:*:19000:0:99999:7:::" >>/etc/shadow
	install -d -o "$id" -g "$id" "/var/lib/$user"
done
install -d /usr/local/lib/casemate
install -m 4755 "$(command -v setpriv)" /usr/local/lib/casemate/setpriv
printf '#!/bin/sh\\n[ "$1" = -n ] && shift\\nexec /usr/local/lib/casemate/setpriv --reuid 0 --regid 0 --clear-groups "$@"\\n' >/usr/local/bin/sudo
chmod 755 /usr/local/bin/sudo
cd "$files"
find . -type f | while read -r file; do install -D -m "$(stat -c %a "$file")" "$file" "/$file"; done
exec /usr/sbin/sshd -D -e
`;

/** Answers come in the order of the questions. */
class Prober {
  public readonly process: ChildProcessWithoutNullStreams;
  public readonly ready: Promise<unknown>;
  private readonly waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];

  public constructor([program = '', ...args]: readonly string[]) {
    this.process = spawn(program, args);
    let said = '';
    this.process.stderr.on('data', (data) => {
      said += data;
    });
    createInterface({ input: this.process.stdout }).on('line', (line) =>
      this.waiting.shift()?.resolve(JSON.parse(line)),
    );
    this.process.stdin.on('error', () => undefined);
    this.process.once('close', (code) => {
      for (const { reject } of this.waiting) reject(new Error(`the prober ended (${code}): ${said}`));
    });
    this.ready = this.answer();
  }

  public async ask(probes: readonly Probe[], timeoutMs: number): Promise<boolean[]> {
    const answer = this.answer();
    this.process.stdin.write(`${JSON.stringify({ timeoutMs, probes })}\n`);
    return (await answer) as boolean[];
  }

  private answer(): Promise<unknown> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }
}

function finished(
  [program = '', ...args]: readonly string[],
  { input = '', seconds = 60 }: { input?: string; seconds?: number },
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args);
    let [stdout, stderr] = ['', ''];
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ status: code ?? (signal === null ? 1 : 124), stdout, stderr });
    });
  });
}
