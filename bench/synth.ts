/**
 * Composes the Online Boutique again and again: `synth.ts plain|casemate WORKLOADS` in memory, or
 * `synth.ts write FILE` once, as the manifests that the corpus is made of.
 */
import { writeFileSync } from 'node:fs';
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
} else {
  const copies = Math.ceil(Number(argument) / [...services, redis].length);
  const app = new App();
  for (let copy = 1; copy <= copies; copy++) {
    if (kind === 'plain') plainBoutique(app, `boutique-${copy}`);
    else boutique(app, `boutique-${copy}`);
  }
  app.synthYaml();
}
