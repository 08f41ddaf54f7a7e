/**
 * `npm run demo`: synthesizes the Online Boutique into dist/, and shows what casemate changed against the same
 * application composed with cdk8s-plus alone.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { exemptionsOf } from 'casemate';
import { scan } from 'casemate/controls';
import { fromCharts, loadPaths } from 'casemate/inventory';
import { summary } from 'casemate/reports';
import { App } from 'cdk8s';
import { version } from '../../package.json';
import { boutique } from './boutique';
import { plainBoutique } from './plain';

const root = join(__dirname, '..', '..');
process.chdir(root);
const synth = spawnSync(join('node_modules', '.bin', 'cdk8s'), ['synth', '--no-check-upgrade'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
if (synth.status !== 0) {
  process.stderr.write(`${synth.stdout}${synth.stderr}`);
  process.exit(synth.status ?? 1);
}

const plain = fromCharts([plainBoutique(new App())]);
const hardened = loadPaths(['dist']);
const app = new App();
boutique(app);
const exemptions = exemptionsOf(app);

const before = { scan: scan(plain), inventory: plain, version };
const after = { scan: scan(hardened, { exemptions }), inventory: hardened, version };

console.log('The Online Boutique: composed with cdk8s-plus alone (before) and with casemate (after)\n');
for (const line of summary(after, before)) process.stdout.write(line);
console.log(`
The manifests are in dist/. To see a gate at work, weaken a workload in examples/online-boutique/boutique.ts, for
instance with  containerSecurityContext: { privileged: true, allowPrivilegeEscalation: true }  and run
npx cdk8s synth  again.`);
