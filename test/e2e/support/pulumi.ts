import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type * as automation from '@pulumi/pulumi/automation';
import { LocalWorkspace, PulumiCommand } from '@pulumi/pulumi/automation';
import { parse } from 'yaml';
import { buildGo } from './go';

const root = join(__dirname, '..', '..', '..');
const passphrase = 'for-tests-only';
const stackName = 'test';

/**
 * A whole project in a folder, configured as its `Pulumi.example.yaml` says, the text of a TypeScript program, or an
 * inline program. Jest takes the rejections that nobody handles, by which an inline program fails, for its own: one that
 * is to fail is given as a text.
 */
export type Source =
  | { readonly project: string }
  | { readonly text: string }
  | { readonly program: automation.PulumiFn };

export interface PulumiOptions {
  /** Names of the providers that `support/providers/echo.ts` stands in for: `aws`. */
  readonly standIns?: readonly string[];
  /** Where resources of Kubernetes go: to a real API server. @default - they cannot be used */
  readonly cluster?: { readonly kubectl: string; readonly kubeconfig: string };
  /** Configuration of the stack. @default - none */
  readonly config?: automation.ConfigMap;
}

/** What one command of the engine did. */
export interface Run {
  /** Names of resources by what happens to them: `create`, `update`, `delete`, `same` … The stack itself is left out. */
  readonly operations: Readonly<Record<string, readonly string[]>>;
  /** Everything it printed. */
  readonly log: string;
}

/** What a stand-in holds, with secrets in clear as a cloud has them. */
export interface Held {
  /** Type token. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** One stack of one project, in a file backend of its own. */
export interface Engine {
  /** Where the project is laid out, with what it depends on. */
  readonly folder: string;
  preview(): Promise<Run>;
  up(): Promise<Run>;
  refresh(): Promise<Run>;
  /** Previews what a refresh would find. */
  drift(): Promise<Run>;
  destroy(): Promise<Run>;
  /** Secrets are in clear. */
  outputs(): Promise<Record<string, unknown>>;
  /** URNs of all resources in the state. */
  resources(): Promise<readonly string[]>;
  /** Everything that the backend keeps, history and backups included, as it is on disk. */
  kept(): string;
  /** Sets values of the stack's configuration. */
  configure(config: automation.ConfigMap): Promise<void>;
  /** What a stand-in holds, by id. */
  held(standIn: string): Record<string, Held>;
  /** Changes what a stand-in holds, as somebody at the cloud's console does. */
  tamper(standIn: string, change: (held: Record<string, Held>) => void): void;
}

/**
 * Runs a real Pulumi engine: the CLI and the language host for Node.js built with Go, a file backend, and stand-ins for
 * the providers, all in a folder that is gone afterwards. Where PATH has a `pulumi-resource-NAME`, a stand-in takes its
 * place: clouds are never touched. Kubernetes' own provider is used where there is one, against the test's API server.
 */
export async function withPulumi<T>(
  source: Source,
  options: PulumiOptions,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'casemate-pulumi-'));
  try {
    return await use(await openEngine(folder, source, options));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openEngine(folder: string, source: Source, options: PulumiOptions): Promise<Engine> {
  const { standIns = [], cluster, config = {} } = options;
  for (const name of ['bin', 'home', 'state', 'held', 'project']) mkdirSync(join(folder, name));
  const workDir = join(folder, 'project');
  if ('project' in source) {
    cpSync(source.project, workDir, { recursive: true, filter: (path) => !/node_modules/.test(path) });
    cpSync(join(workDir, 'Pulumi.example.yaml'), join(workDir, `Pulumi.${stackName}.yaml`));
  }
  if ('text' in source) writeProject(workDir, source.text);
  if (!('program' in source)) install(workDir);
  symlinkSync(pulumi(), join(folder, 'bin', 'pulumi'));
  const file = (standIn: string) => join(folder, 'held', `${standIn}.json`);
  const node = `${quote(process.execPath)} --import ${quote(require.resolve('tsx'))}`;
  const programs = {
    'pulumi-language-nodejs': `${quote(languageHost())} ${'program' in source ? '' : flagsOf(workDir)}`,
    ...Object.fromEntries(
      standIns.map((name) => [
        `pulumi-resource-${name}`,
        `${node} ${quote(join(__dirname, 'providers', 'echo.ts'))} ${quote(file(name))}`,
      ]),
    ),
    ...(cluster !== undefined && { 'pulumi-resource-kubernetes': kubernetesProvider(node, cluster) }),
  };
  for (const [name, command] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }

  const workspace: automation.LocalWorkspaceOptions = {
    pulumiHome: join(folder, 'home'),
    pulumiCommand: await PulumiCommand.get({ root: folder }),
    envVars: {
      HOME: join(folder, 'home'),
      PATH: [
        join(folder, 'bin'),
        dirname(require.resolve('@pulumi/pulumi/package.json')),
        dirname(process.execPath),
        '/usr/bin',
        '/bin',
      ].join(delimiter),
      ...(cluster !== undefined && { KUBECONFIG: cluster.kubeconfig }),
      PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    },
  };
  const stack = await ('program' in source
    ? LocalWorkspace.createOrSelectStack({ stackName, projectName: 'inline', program: source.program }, workspace)
    : LocalWorkspace.createOrSelectStack({ stackName, workDir }, workspace));
  if (Object.keys(config).length > 0) await stack.setAllConfig(config);

  return {
    folder: workDir,
    preview: () => run((watch) => stack.preview(watch), 'resourcePreEvent'),
    up: () => run((watch) => stack.up(watch), 'resourcePreEvent'),
    // What a refresh finds is told when it is done.
    refresh: () => run((watch) => stack.refresh(watch), 'resOutputsEvent'),
    drift: () => run((watch) => stack.previewRefresh(watch), 'resOutputsEvent'),
    destroy: () => run((watch) => stack.destroy(watch), 'resourcePreEvent'),
    outputs: async () =>
      Object.fromEntries(Object.entries(await stack.outputs()).map(([name, { value }]) => [name, value])),
    resources: async () => {
      const { deployment } = await stack.exportStack();
      return (deployment.resources ?? []).map(({ urn }: { urn: string }) => urn);
    },
    kept: () =>
      readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .join('\n'),
    configure: (values) => stack.setAllConfig(values),
    held: (standIn) => plain(read(file(standIn))),
    tamper: (standIn, change) => {
      const held = read(file(standIn));
      change(held);
      writeFileSync(file(standIn), JSON.stringify(held));
    },
  };
}

const realKubernetes = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'pulumi-resource-kubernetes'))
  .find((path) => existsSync(path));

/** For the names of tests. */
export const kubernetesProviderUsed =
  realKubernetes === undefined ? 'a stand-in for its provider' : 'its real provider';

function kubernetesProvider(node: string, { kubectl, kubeconfig }: NonNullable<PulumiOptions['cluster']>): string {
  if (realKubernetes !== undefined) return quote(realKubernetes);
  return [node, ...[join(__dirname, 'providers', 'kubernetes.ts'), kubectl, kubeconfig].map(quote)].join(' ');
}

interface Watch {
  readonly onEvent: (event: automation.EngineEvent) => void;
  readonly onOutput: (text: string) => void;
  readonly onError: (text: string) => void;
}

async function run(
  command: (watch: Watch) => Promise<unknown>,
  told: 'resourcePreEvent' | 'resOutputsEvent',
): Promise<Run> {
  const operations: Record<string, string[]> = {};
  let log = '';
  const print = (text: string) => {
    log += text;
  };
  await command({
    onOutput: print,
    onError: print,
    onEvent: (event) => {
      const metadata = event[told]?.metadata;
      if (metadata === undefined || /^pulumi:(pulumi:Stack|providers:)/.test(metadata.type)) return;
      const name = metadata.urn.split('::').at(-1) as string;
      operations[metadata.op] = [...(operations[metadata.op] ?? []), name].sort();
    },
  });
  return { operations, log };
}

function writeProject(folder: string, text: string): void {
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  write(
    'Pulumi.yaml',
    'name: inline\nruntime: { name: nodejs, options: { typescript: false, nodeargs: --import tsx } }\n',
  );
  const dependencies = ['@pulumi/aws', '@pulumi/pulumi', 'casemate', 'tsx'].map((name) => [name, '*']);
  write('package.json', JSON.stringify({ main: 'index.ts', dependencies: Object.fromEntries(dependencies) }));
  write('index.ts', text);
}

/** Puts what a project depends on where its package manager would; of this repository, only what its package holds. */
function install(folder: string): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(name === 'casemate' ? place : dirname(place), { recursive: true });
    if (name === 'casemate')
      for (const part of ['package.json', 'lib']) symlinkSync(join(root, part), join(place, part));
    else symlinkSync(dirname(require.resolve(`${name}/package.json`)), place, 'dir');
  }
}

/** Today's CLI gives a project's options to the language host in each request; this host knows them as flags only. */
function flagsOf(project: string): string {
  const { runtime } = parse(readFileSync(join(project, 'Pulumi.yaml'), 'utf8')) as {
    readonly runtime: { readonly options?: Readonly<Record<string, string | boolean>> };
  };
  return Object.entries(runtime.options ?? {})
    .map(([name, value]) => quote(`-${name}=${value}`))
    .join(' ');
}

function read(file: string): Record<string, Held> {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** How a secret is marked on the wire. @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go */
const markKey = '4dabf18193072939515e22adb298388d';
const secretMark = '1b47061264138c4ac30d75fd1eb44270';

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, each) =>
    each !== null && typeof each === 'object' && each[markKey] === secretMark ? each.value : each,
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const stamp = (version: string) => `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;

function pulumi(): string {
  return buildGo(join(__dirname, '..', 'pulumi', 'cli'), {
    name: 'pulumi',
    target: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    ldflags: stamp('3.259.0'),
  });
}

function languageHost(): string {
  return buildGo(join(__dirname, '..', 'pulumi', 'language-nodejs'), {
    name: 'pulumi-language-nodejs',
    target: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
    ldflags: stamp('3.68.0'),
  });
}
