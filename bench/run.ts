/**
 * How fast, against whom, on what corpus: `npm run bench`.
 *
 * The corpus is the demo's own manifests, multiplied. Peers (kubeconform, kube-score) run beside casemate where they
 * are on PATH. Figures are of this machine and run; the ratios are what to compare.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiply, workloadsIn } from './corpus';
import { type Measure, measure, median } from './measure';

const root = join(__dirname, '..');
const cli = join(root, 'lib', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'casemate-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const row = (name: string, { seconds, peakMiB, status }: Measure, note = '') =>
  console.log(
    `${name.padEnd(46)} ${seconds.toFixed(2).padStart(7)} s ${peakMiB === undefined ? '' : `${peakMiB.toFixed(0).padStart(6)} MiB`}  ` +
      `${status === null ? 'stopped ' : ''}${note}`,
  );
const onPath = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const scan = (file: string) => measure(process.execPath, [cli, 'scan', file, '--format', 'json']);

async function main(): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  const demo = join(folder, 'demo.yaml');
  execFileSync(process.execPath, ['--import', 'tsx', join(__dirname, 'synth.ts'), 'write', demo], { cwd: root });
  const manifests = readFileSync(demo, 'utf8');
  console.log(`node ${process.version}, ${cpus().length} cores, ${workloadsIn(manifests)} workloads in the demo\n`);

  console.log('start-up');
  const node = await median(9, () => measure(process.execPath, ['-e', '0']));
  row('  node -e 0', node);
  for (const args of [['--version'], ['--help'], ['explain', 'no-host-path']]) {
    const start = await median(9, () => measure(process.execPath, [cli, ...args]));
    row(`  casemate ${args.join(' ')}`, start, `${(start.seconds / node.seconds).toFixed(1)} × node`);
  }

  console.log('\nscan');
  let thousand: Measure | undefined;
  for (const workloads of [workloadsIn(manifests), 1_000, 10_000]) {
    const file = join(folder, `${workloads}.yaml`);
    const { documents, bytes } = multiply(manifests, 'boutique', workloads, file);
    const size = `${workloads} workloads, ${documents} documents, ${(bytes / 1e6).toFixed(1)} MB`;
    const own = await median(3, () => scan(file));
    const growth =
      workloads === 10_000 && thousand ? `, ${(own.seconds / thousand.seconds).toFixed(1)} × the 1000` : '';
    row(`  casemate (${size})`, own, growth.slice(2));
    if (workloads === 1_000) thousand = own;
    const peers: [string, string[]][] = [
      ['kubeconform', ['-summary', '-ignore-missing-schemas', '-schema-location', 'none', file]],
      ['kube-score', ['score', file]],
    ];
    for (const [peer, args] of peers) {
      if (!onPath(peer)) continue;
      const theirs = await measure(peer, args);
      row(`    ${peer}`, theirs, `${(theirs.seconds / own.seconds).toFixed(1)} × casemate`);
    }
  }
  const parse = await median(3, () =>
    measure(process.execPath, [
      '-e',
      `require('js-yaml').loadAll(require('fs').readFileSync(${JSON.stringify(join(folder, '10000.yaml'))},'utf8'))`,
    ]),
  );
  row('    js-yaml alone, the 10000', parse);

  console.log('\nsynth, 1000 workloads');
  const [objects, plainObjects] = [objectsOf('casemate'), objectsOf('plain')];
  const plain = await median(3, () => synth('plain'));
  row('  cdk8s-plus alone', plain, `${plainObjects} objects`);
  const own = await median(3, () => synth('casemate'));
  const ratio = own.seconds / plain.seconds;
  const each = (ratio * plainObjects) / objects;
  row('  casemate', own, `${objects} objects: ${ratio.toFixed(2)} × plain, ${each.toFixed(2)} × for each object`);
  console.log(
    `\ncorpus: ${(statSync(join(folder, '10000.yaml')).size / 1e6).toFixed(1)} MB at the most, made and removed`,
  );
}

/** How many objects the composition of 1000 workloads has. */
function objectsOf(kind: 'plain' | 'casemate'): number {
  const args = ['--import', 'tsx', join(__dirname, 'synth.ts'), 'count', kind];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function synth(kind: 'plain' | 'casemate'): Promise<Measure> {
  return measure(process.execPath, ['--import', 'tsx', join(__dirname, 'synth.ts'), kind, '1000']);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
