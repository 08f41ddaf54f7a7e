import type { Command } from 'commander';
import { type Control, catalogue, controlById, type Fix, type Revision, severities } from '../controls';
import { namesOf } from '../controls/evaluate';
import { describeDemand } from '../controls/messages';
import { formatReferences } from '../reports';
import { type Io, type Status, WrongCall } from './io';
import { nearest } from './nearest';
import { writeAll } from './output';

/** `casemate explain`: what a control is about, or all of them in a list. */
export function defineExplain(command: Command, io: Io, exit: (status: Status) => void): void {
  command
    .argument('[control]', 'id of a control; without it, all are listed')
    .addHelpText('after', '\nExamples:\n  casemate explain\n  casemate explain no-host-path')
    .action((id: string | undefined) => {
      writeAll(io.stdout, id === undefined ? list(catalogue()) : explain(find(id)));
      exit(0);
    });
}

function find(id: string): Control {
  const control = controlById(id);
  if (control !== undefined) return control;
  const meant = nearest(
    id,
    catalogue().map((known) => known.id),
  );
  const hint = meant.length > 0 ? `did you mean ${meant.join(', or ')}?` : '`casemate explain` lists them';
  throw new WrongCall(`found no control ${JSON.stringify(id)}, expected the id of one: ${hint}`);
}

function* list(controls: readonly Control[]): Iterable<string> {
  const byProfiles = new Map<string, Control[]>();
  for (const control of controls) {
    const heading = control.profiles.join(', ');
    byProfiles.set(heading, [...(byProfiles.get(heading) ?? []), control]);
  }
  const width = Math.max(...controls.map(({ id }) => id.length));
  const headings = [...byProfiles.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  for (const heading of headings) {
    yield `${heading}\n`;
    const worstFirst = [...(byProfiles.get(heading) ?? [])].sort(
      (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity),
    );
    for (const { id, severity, title } of worstFirst) {
      yield `  ${severity.padEnd(8)}  ${id.padEnd(width)}  ${title}\n`;
    }
    yield '\n';
  }
  yield 'casemate explain <control> says more.\n';
}

function* explain(control: Control): Iterable<string> {
  const { id, title, severity, profiles, why, caution, references, examples } = control;
  yield `${id}: ${title}\n`;
  yield `${severity}, in ${profiles.join(', ')}\n\n`;
  yield `${why}\n`;
  if (caution !== undefined) yield `\nTake care: ${caution}\n`;
  yield `\nApplies to ${appliesTo(control)}.\n`;
  if (control.about === 'inventory')
    yield 'It takes the whole inventory to tell, so there is no admission policy for it.\n';
  else for (const revision of control.revisions) yield* demand(revision);
  const sources = formatReferences(references);
  if (sources.length > 0) yield* section('References', sources);
  for (const example of examples.good) yield* section('Holds for', example.trim().split('\n'));
  for (const example of examples.bad) yield* section('Fails for', example.trim().split('\n'));
}

function appliesTo({ about }: Control): string {
  if (about === 'pods') return 'every object that makes pods';
  if (about === 'inventory') return 'all objects together';
  return Object.keys(about.resources).join(', ');
}

function* demand({ since, assert }: Revision): Iterable<string> {
  if (assert.length === 0) return;
  yield `\nSince Kubernetes ${since}\n`;
  for (const clause of assert) {
    yield `  for each ${namesOf(clause.each).join(' of ')}: ${describeDemand(clause)}\n`;
    yield* clause.holds.split('\n').map((line) => `    ${line}\n`);
    for (const fix of clause.fix ?? []) yield `    fix: ${describeFix(fix)}\n`;
  }
}

function describeFix(fix: Fix): string {
  if ('set' in fix) return `set ${fix.set}: ${JSON.stringify(fix.to)}`;
  return 'remove' in fix ? `remove ${fix.remove}` : `keep those of ${fix.filter} for which ${fix.keep}`;
}

function* section(title: string, lines: readonly string[]): Iterable<string> {
  yield `\n${title}\n`;
  for (const line of lines) yield `  ${line}\n`;
}
