import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Destination, SshError, sshConfig } from '../ssh';

/** How hosts are reached from the machine that runs Pulumi. Paths, never the keys themselves. */
export interface SshAccess {
  /** The account on hosts; it becomes root by `sudo -n`. */
  readonly user: string;
  /** It passes on to the others, and is itself reached directly. @default - hosts are reached directly */
  readonly bastion?: Destination;
  /** Path of the private key. @default - whatever the agent holds */
  readonly identityFile?: string;
  /** Path of its certificate. @default - beside the key */
  readonly certificateFile?: string;
  /** The text of a `known_hosts` that knows the hosts' names or their CA: there is no asking. @see knownHosts */
  readonly knownHosts: string;
  /** @default 22 */
  readonly port?: number;
  /** How long new rules have to be proven before the host undoes them, 5 to 3600. @default 60 */
  readonly trialSeconds?: number;
  /** The client. @default ['ssh'] */
  readonly command?: readonly string[];
}

/** A host by name, with the address it is reached by. */
export interface Target {
  readonly host: string;
  readonly address: string;
}

/** What a host did not do, or why it was not reached. */
export class HostError extends Error {
  public override readonly name = 'HostError';
}

/** The client does not run, or would not know the host. */
export class ClientError extends HostError {}

/**
 * Runs a shell script as root on a host, through a connection of its own: nothing is shared with one that was there before,
 * because a firewall lets established connections go on.
 *
 * @throws HostError with what the host or the client said
 */
export async function runOnHost(
  access: SshAccess,
  target: Target,
  script: string,
  args: readonly string[],
  seconds: number,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'casemate-ssh-'));
  try {
    writeFileSync(join(folder, 'known_hosts'), access.knownHosts, { mode: 0o600 });
    writeFileSync(join(folder, 'config'), configFor(access, target, join(folder, 'known_hosts')), { mode: 0o600 });
    const [program = 'ssh', ...before] = access.command ?? ['ssh'];
    const options = [
      'BatchMode=yes',
      'ConnectTimeout=5',
      'ControlMaster=no',
      'ControlPath=none',
      'ServerAliveInterval=3',
    ];
    return await run(
      program,
      [
        ...before,
        ...['-T', '-F', join(folder, 'config')],
        ...options.flatMap((option) => ['-o', option]),
        target.host,
        ['sudo', '-n', 'sh', '-s', '--', ...args].join(' '),
      ],
      script,
      seconds,
    );
  } catch (error) {
    const Kind = error instanceof ClientError || error instanceof SshError ? ClientError : HostError;
    throw new Kind(`${target.host}: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configFor(access: SshAccess, { host, address }: Target, knownHostsFile: string): string {
  const { user, port, bastion, identityFile, certificateFile } = access;
  const destination: Destination = { name: host, address, user, ...(port !== undefined && { port }) };
  const direct = bastion === undefined || bastion.name === host;
  return sshConfig({
    hosts: [destination],
    ...(!direct && { bastion }),
    ...(identityFile !== undefined && { identityFile }),
    ...(certificateFile !== undefined && { certificateFile }),
    knownHostsFile,
  });
}

function run(program: string, args: readonly string[], input: string, seconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // The client through the bastion may hold the pipes open for longer.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      reject(new Error(`no answer within ${seconds} s`));
    }, seconds * 1000);
    child.stdout?.on('data', (data) => {
      stdout += data;
    });
    child.stderr?.on('data', (data) => {
      stderr += data;
    });
    // The host may be gone before it has read everything; the exit status says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new ClientError(`${program} does not run: ${error.message}`));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(stdout);
      else reject(new Error(stderr.trim().slice(-2000) || `ssh ended with ${code}`));
    });
  });
}
