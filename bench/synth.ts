/**
 * Composes the Online Boutique again and again: `synth.ts plain|casemate WORKLOADS` into a folder that is removed, or
 * `synth.ts write FILE` once, as the manifests that the corpus is made of; `synth.ts count plain|casemate` says how
 * many objects 1000 workloads take.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Yaml } from 'cdk8s';
import { boutique } from '../examples/online-boutique/boutique';
import { plainBoutique } from '../examples/online-boutique/plain';
import { redis, services } from '../examples/online-boutique/services';

const [, , kind, argument = ''] = process.argv;
if (kind === 'write') {
  const app = new App();
  boutique(app, 'boutique');
  writeFileSync(
    argument,
    app.charts
      .flatMap((chart) => chart.toJson() as unknown[])
      .map((object) => Yaml.stringify(object))
      .join('---\n'),
  );
} else if (kind === 'count') {
  const app = new App();
  const chart = argument === 'plain' ? plainBoutique(app) : boutique(app);
  console.log(chart.toJson().length * copiesOf(1000));
} else {
  const copies = copiesOf(Number(argument));
  const outdir = mkdtempSync(join(tmpdir(), 'casemate-synth-'));
  const app = new App({ outdir });
  for (let copy = 1; copy <= copies; copy++) {
    if (kind === 'plain') plainBoutique(app, `boutique-${copy}`);
    else boutique(app, `boutique-${copy}`);
  }
  app.synth();
  rmSync(outdir, { recursive: true });
}

function copiesOf(workloads: number): number {
  return Math.ceil(workloads / [...services, redis].length);
}
