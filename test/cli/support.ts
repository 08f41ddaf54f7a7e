import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../cli/run';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Outside {
  readonly isTTY?: boolean;
  readonly env?: Record<string, string>;
}

/** Runs the command line in this process. */
export async function casemate(args: readonly string[], { isTTY = false, env = {} }: Outside = {}): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const status = await run(args, { stdout: stream('stdout'), stderr: stream('stderr'), env });
  return { status, ...written };
}

/** Gives each test of a file an empty folder to work in, and the means to fill it. */
export function workInFolder(): (name: string, text: string) => void {
  const home = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'casemate-cli-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });
  return (name, text) => writeFileSync(join(folder, name), text);
}

/** One high and one medium finding for baseline. */
export const pod = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  hostIPC: true
  containers:
    - name: app
      image: app
      securityContext: {privileged: true}
`;
export const goodPod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {containers: [{name: a, image: a}]}\n';
