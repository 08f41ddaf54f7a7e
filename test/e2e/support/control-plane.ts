import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ApiClient } from './api-client';
import { buildGo } from './go';

const components = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubeadm',
  'kubectl',
  'etcd',
] as const;
export type Component = (typeof components)[number];

const kubernetes = 'v1.37.1';

/** How long a component may take to start, and a kubectl command to end. */
const PATIENCE_MS = 60_000;

export interface ControlPlaneOptions {
  /**
   * The controllers that run, as `kube-controller-manager --controllers` names them.
   *
   * @default none: no kube-controller-manager is started
   */
  readonly controllers?: readonly string[];
  /** More flags for kube-apiserver. `{folder}` in them is the control plane's own temporary folder. */
  readonly apiServerFlags?: readonly string[];
  /** Files to write into that folder before anything starts: name → text, in which `{folder}` is replaced too. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A real API server with its etcd, for one test file. */
export interface ControlPlane {
  /** Speaks as a member of `system:masters`. */
  readonly client: ApiClient;
  /** The temporary folder that `{folder}` stands for. */
  readonly folder: string;
  /** For `kubectl --kubeconfig`; the same user. */
  readonly kubeconfig: string;
  /** Runs kubectl against this control plane; resolves to what it printed on stdout, rejects where it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** Ends every process and removes every file of this control plane. */
  stop(): Promise<void>;
}

/**
 * The path of a component: from the folder that KUBEBUILDER_ASSETS names, as with envtest, or built from this
 * repository's Go module and kept in the user's cache folder.
 *
 * @throws Error that says what is missing and how to get it
 */
export function binaryOf(component: Component): string {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets !== undefined && assets !== '') {
    const binary = join(assets, component);
    if (existsSync(binary)) return binary;
    throw new Error(
      `KUBEBUILDER_ASSETS is ${assets}, where there is no ${component}: put one of Kubernetes ${kubernetes} there, ` +
        'or unset the variable to have it built with Go',
    );
  }
  const binary = buildGo(join(__dirname, '..', 'control-plane'), {
    name: 'control-plane',
    ldflags: `-X k8s.io/component-base/version.gitVersion=${kubernetes}`,
  });
  const link = join(dirname(binary), component);
  try {
    symlinkSync(binary, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return link;
}

/** Starts etcd, kube-apiserver and, where asked for, kube-controller-manager, on free ports of the loopback. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { controllers = [], apiServerFlags = [], files = {} } = options;
  const etcd = binaryOf('etcd');
  const apiServer = binaryOf('kube-apiserver');
  const kubectl = binaryOf('kubectl');
  const controllerManager = controllers.length === 0 ? undefined : binaryOf('kube-controller-manager');

  const run = new Run();
  const inFolder = (text: string) => text.replaceAll('{folder}', run.folder);
  try {
    for (const [name, text] of Object.entries(files)) run.write(name, inFolder(text));
    const [etcdPort, port] = await freePorts(2);
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    run.start(etcd, [
      `--data-dir=${run.path('etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      '--listen-peer-urls=http://127.0.0.1:0',
      '--unsafe-no-fsync',
      '--log-level=warn',
    ]);

    const keys = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const tokens = { admin: randomBytes(16).toString('hex'), controllers: randomBytes(16).toString('hex') };
    run.write(
      'tokens.csv',
      `${tokens.admin},admin,admin,system:masters\n${tokens.controllers},system:kube-controller-manager,controllers\n`,
    );
    run.start(apiServer, [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      '--endpoint-reconciler-type=none',
      // Without a certificate the API server makes one itself, which the clients then trust.
      `--cert-dir=${run.path('serving')}`,
      '--anonymous-auth=false',
      '--allow-privileged=true',
      `--token-auth-file=${run.path('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${run.write('service-accounts.pub', keys.publicKey)}`,
      `--service-account-signing-key-file=${run.write('service-accounts.key', keys.privateKey)}`,
      ...apiServerFlags.map(inFolder),
    ]);

    const server = `https://127.0.0.1:${port}`;
    const certificate = run.path('serving/apiserver.crt');
    await run.until('kube-apiserver has a certificate', async () => existsSync(certificate));
    const client = new ApiClient(server, readFileSync(certificate, 'utf8'), tokens.admin);
    run.onStop(() => client.close());
    await run.until('kube-apiserver is ready', async () => (await client.request('GET', '/readyz')).status === 200);

    const kubeconfigFor = (user: string, token: string) =>
      run.write(`${user}.kubeconfig`, kubeconfig(server, certificate, token));
    if (controllerManager !== undefined) {
      run.start(controllerManager, [
        `--kubeconfig=${kubeconfigFor('controllers', tokens.controllers)}`,
        `--controllers=${controllers.join(',')}`,
        '--use-service-account-credentials',
        `--service-account-private-key-file=${run.path('service-accounts.key')}`,
        '--leader-elect=false',
        '--secure-port=0',
      ]);
    }

    const admin = kubeconfigFor('admin', tokens.admin);
    return {
      client,
      folder: run.folder,
      kubeconfig: admin,
      kubectl: async (...args) => {
        const { stdout } = await promisify(execFile)(kubectl, ['--kubeconfig', admin, ...args], {
          timeout: PATIENCE_MS,
        });
        return stdout;
      },
      stop: () => run.stop(),
    };
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** The processes and files of one control plane. */
class Run {
  public readonly folder = mkdtempSync(join(tmpdir(), 'casemate-control-plane-'));
  private readonly processes: ChildProcess[] = [];
  private readonly guards: ChildProcess[] = [];
  private readonly cleanups: (() => void)[] = [];

  public path(name: string): string {
    return join(this.folder, name);
  }

  public write(name: string, text: string): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  public onStop(cleanup: () => void): void {
    this.cleanups.push(cleanup);
  }

  public start(binary: string, args: readonly string[]): void {
    const log = openSync(`${this.path(binary.slice(dirname(binary).length + 1))}.log`, 'a');
    const process = spawn(binary, args, { cwd: this.folder, stdio: ['ignore', log, log] });
    process.once('error', () => undefined); // `until` reports it.
    this.processes.push(process);
    if (process.pid === undefined) return;
    // When the tests die without a word, the guard reads the end of its input, and ends the component.
    const guard = spawn(
      'sh',
      ['-c', 'cat >/dev/null; kill -9 "$1"; rm -rf "$2"', 'sh', `${process.pid}`, this.folder],
      {
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    this.guards.push(guard);
  }

  /** Waits until `holds`, as long as every process lives. */
  public async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      for (const { spawnfile, exitCode, signalCode, pid } of this.processes) {
        if (pid === undefined || exitCode !== null || signalCode !== null) {
          const name = spawnfile.slice(dirname(spawnfile).length + 1);
          throw new Error(`${name} ended (${exitCode ?? signalCode}) before ${what}:\n${this.lastLines(name)}`);
        }
      }
      if (await holds().catch(() => false)) return;
      if (Date.now() > deadline) {
        throw new Error(`waited ${PATIENCE_MS / 1000} s in vain until ${what}:\n${this.lastLines('kube-apiserver')}`);
      }
      await sleep(50);
    }
  }

  public async stop(): Promise<void> {
    for (const cleanup of this.cleanups) cleanup();
    for (const guard of this.guards) guard.kill('SIGKILL');
    await Promise.all(
      [...this.processes].map(async (process) => {
        if (process.pid === undefined || process.exitCode !== null || process.signalCode !== null) return;
        const ended = new Promise((resolve) => process.once('exit', resolve));
        process.kill('SIGKILL');
        await ended;
      }),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  private lastLines(component: string): string {
    const log = this.path(`${component}.log`);
    return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-15).join('\n') : '(no log)';
  }
}

/** Ports that nothing listens on now; held together while they are picked, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}

function kubeconfig(server: string, certificate: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    'current-context': 'test',
  });
}
