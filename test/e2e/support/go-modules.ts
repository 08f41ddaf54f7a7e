import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/**
 * Gets the sources of a Go module, from Go's module cache or its proxy.
 *
 * @param module path and version: `github.com/cert-manager/cert-manager@v1.18.2`
 * @returns the folder they are in; it is read-only
 * @throws Error that says what to install where there is no Go, or what Go said
 */
export function moduleFolder(module: string): string {
  const run = spawnSync('go', ['mod', 'download', '-json', module], { cwd: tmpdir(), encoding: 'utf8' });
  if (run.error !== undefined) throw new Error(`${module} needs Go on PATH (https://go.dev/dl/): ${run.error.message}`);
  const answer = JSON.parse(run.stdout || '{}') as { Dir?: string; Error?: string };
  if (answer.Dir === undefined) throw new Error(`go mod download ${module}: ${answer.Error ?? run.stderr}`);
  return answer.Dir;
}
