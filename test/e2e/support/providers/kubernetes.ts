/**
 * Stands in for the Kubernetes provider, whose binary is in no package registry: applies server-side to a real API server
 * with kubectl, and asks for a dry run at check, so that what the API server refuses is refused in the preview.
 *
 * Arguments: kubectl, the kubeconfig, then the engine's address.
 */
import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { main, type Provider } from '@pulumi/pulumi/provider';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const [kubectl = '', kubeconfig = ''] = process.argv.splice(2, 2);

function run(verb: string, manifest: unknown, ...flags: string[]): string {
  const { status, stdout, stderr } = spawnSync(kubectl, ['--kubeconfig', kubeconfig, verb, '-f', '-', ...flags], {
    input: JSON.stringify(manifest),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr.trim());
  return stdout;
}

/** One field manager for each resource, as with the real provider: what another one sets stays. */
const apply = (urn: string, manifest: unknown, ...flags: string[]) =>
  run(
    'apply',
    manifest,
    '--server-side',
    '--force-conflicts',
    `--field-manager=pulumi-${urn.split('::').at(-1)}`,
    ...flags,
  );

const isPatch = (urn: string) => /Patch::/.test(urn);

const idOf = ({ apiVersion, kind, metadata: { namespace, name } }: Manifest) =>
  [apiVersion, kind, namespace, name].filter(Boolean).join('/');

/** How the engine writes a value that is not known yet. */
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

const kubernetes: Provider = {
  version: '999.0.0',
  async check(urn, _olds, { __defaults, ...news }) {
    if (JSON.stringify(news).includes(unknown)) return { inputs: news };
    try {
      apply(urn, news, '--dry-run=server');
      return { inputs: news };
    } catch (error) {
      return { inputs: news, failures: [{ property: 'spec', reason: (error as Error).message }] };
    }
  },
  async diff(_id, _urn, olds, news) {
    const moved = idOf(olds) !== idOf(news);
    return { changes: !isDeepStrictEqual(olds, news), ...(moved && { replaces: ['metadata'] }) };
  },
  async create(urn, inputs) {
    apply(urn, inputs);
    return { id: idOf(inputs), outs: inputs };
  },
  async read(id, _urn, props) {
    // What is asked for by a file is answered as a list.
    const list = run('get', identity(props), '--ignore-not-found', '-o', 'json');
    const [live] = list === '' ? [] : JSON.parse(list).items;
    if (live === undefined) return { id: '', props: {} };
    const found = alike(live, props);
    return { id, props: found, inputs: found };
  },
  async update(_id, urn, _olds, news) {
    apply(urn, news);
    return { outs: news };
  },
  async delete(_id, urn, props) {
    // Whoever applies nothing gives up its fields: what it set is gone, what others set stays.
    if (isPatch(urn)) apply(urn, identity(props));
    else run('delete', identity(props), '--ignore-not-found');
  },
};

function identity({ apiVersion, kind, metadata: { name, namespace } }: Manifest) {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/** The fields of a live object that its resource has set. */
function alike(live: unknown, set: unknown): unknown {
  if (live === null || set === null || typeof live !== 'object' || typeof set !== 'object') return live;
  if (Array.isArray(live) || Array.isArray(set)) return live;
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => key in set)
      .map(([key, value]) => [key, alike(value, (set as Record<string, unknown>)[key])]),
  );
}

void main(kubernetes, process.argv.slice(2));
