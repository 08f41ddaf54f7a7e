/** Writes docs/controls.md from the catalogue: `npm run docs`. A test fails where the page is not what this writes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Control, catalogue, type ObjectControl, severities } from '../controls';
import { formatReferences } from '../reports';

export function controlsPage(): string {
  const controls = [...catalogue()].sort(
    (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || (a.id < b.id ? -1 : 1),
  );
  return `# The controls

Written by \`npm run docs\` from \`controls/catalogue\`. \`casemate explain <control>\` shows the same with the assertion,
the fix and examples.

${controls.length} controls; \`baseline\` and \`restricted\` are the Pod Security Standards, \`hardened\` contains all.

${controls.map(section).join('\n')}`;
}

function section(control: Control): string {
  const facts = [
    `${control.severity} · ${control.profiles.join(', ')} · ${aboutOf(control)}`,
    ...(hasFix(control) ? [`fixed by machine${control.caution === undefined ? '' : ` (${control.caution})`}`] : []),
  ];
  const references = formatReferences(control.references);
  return `## ${control.id}

**${control.title}.** ${control.why}

${facts.map((fact) => `- ${fact}\n`).join('')}${references.map((line) => `- ${line}\n`).join('')}`;
}

function aboutOf({ about }: Control): string {
  if (about === 'pods') return 'pods and all that makes pods';
  return about === 'inventory' ? 'the whole inventory' : Object.keys(about.resources).join(', ');
}

function hasFix(control: Control): control is ObjectControl {
  return control.about !== 'inventory' && (control.revisions.at(-1)?.assert.some(({ fix }) => fix) ?? false);
}

if (require.main === module) writeFileSync(join(__dirname, 'controls.md'), controlsPage());
