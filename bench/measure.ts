import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a program took. */
export interface Measure {
  readonly seconds: number;
  /** The most memory it held at once, in MiB; not known where the system does not tell (Linux does). */
  readonly peakMiB: number | undefined;
  readonly status: number | null;
}

/** Runs a program to its end, its output thrown away. */
export function measure(command: string, args: readonly string[], timeoutSeconds = 600): Promise<Measure> {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: 'ignore', timeout: timeoutSeconds * 1000 });
    let peakMiB: number | undefined;
    const watch = setInterval(() => {
      peakMiB = peakOf(child.pid) ?? peakMiB;
    }, 10);
    child.on('error', reject);
    child.on('exit', (status) => {
      clearInterval(watch);
      resolve({ seconds: Number(process.hrtime.bigint() - begin) / 1e9, peakMiB, status });
    });
  });
}

/** The median of several runs, by time; the largest peak. */
export async function median(times: number, run: () => Promise<Measure>): Promise<Measure> {
  const runs: Measure[] = [];
  for (let count = 0; count < times; count++) runs.push(await run());
  runs.sort((a, b) => a.seconds - b.seconds);
  const middle = runs[Math.floor(runs.length / 2)] as Measure;
  return { ...middle, peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB ?? 0)) || undefined };
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
