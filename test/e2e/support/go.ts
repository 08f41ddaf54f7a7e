import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where built components are kept between runs: the user's cache folder. */
export const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'casemate');

/**
 * Builds a Go module of the tests' own, once for each content of its sources and go.sum.
 *
 * @param folder the module's folder
 * @param options.target the package to build; the module itself by default
 * @param options.ldflags flags for the linker
 * @returns the path of the binary
 * @throws Error that says what to install where there is no Go, or what the compiler said
 */
export function buildGo(folder: string, options: { name: string; target?: string; ldflags?: string }): string {
  const hash = createHash('sha256').update(JSON.stringify(options));
  for (const file of readdirSync(folder).sort()) {
    if (/\.go$|^go\.(mod|sum)$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)));
  }
  const binary = join(cacheDir, `${options.name}-${hash.digest('hex').slice(0, 16)}`, options.name);
  if (existsSync(binary)) return binary;
  if (spawnSync('go', ['version']).status !== 0) {
    throw new Error(
      `building ${options.name} needs Go 1.26 or newer on PATH (https://go.dev/dl/); ` +
        'a control plane you already have is used where KUBEBUILDER_ASSETS names its folder',
    );
  }
  mkdirSync(join(binary, '..'), { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  execFileSync(
    'go',
    ['build', '-trimpath', '-ldflags', `-s -w ${options.ldflags ?? ''}`, '-o', unfinished, options.target ?? '.'],
    {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  renameSync(unfinished, binary);
  return binary;
}
