import { type Command, Option } from 'commander';
import { type Severity, scan, severities } from '../controls';
import { defaults, parseSeverity } from '../controls/config';
import { loadPaths, type Problem } from '../inventory';
import { type Format, fails, formats, plain, plural } from '../reports';
import { type Io, type Status, WrongCall, wantsColor } from './io';
import { argument, configOf, type HeldTo, heldTo } from './options';
import { writeAll, writeFile } from './output';
import { version } from './version';

interface ScanOptions extends HeldTo {
  readonly failOn?: Severity;
  readonly format: Format;
  readonly output?: string;
}

/** `casemate scan`: which controls do not hold, where, and what to do about it. */
export function defineScan(command: Command, io: Io, exit: (status: Status) => void): void {
  heldTo(command)
    .argument('[paths...]', 'files, folders with all that is in them, and - for stdin')
    .option(
      '--fail-on <severity>',
      `least severity that fails the run: ${severities.join(', ')} (default: ${defaults.failOn})`,
      argument(parseSeverity),
    )
    .addOption(new Option('--format <name>', 'how to report').choices(Object.keys(formats)).default('table'))
    .option('--output <file>', 'write the report there, whole or not at all')
    .addHelpText(
      'after',
      `
Exit status: 0 nothing at or above --fail-on; 1 findings; 2 the call was wrong, or
something could not be read. Then the rest is reported on stdout all the same, and
no file is written.

Examples:
  casemate scan k8s/
  helm template shop | casemate scan -
  casemate scan --profile restricted --kubernetes 1.36 --fail-on high deploy.yaml
  casemate scan --format sarif --output casemate.sarif k8s/`,
    )
    .action((paths: readonly string[], options: ScanOptions) => exit(run(paths, options, io)));
}

function run(paths: readonly string[], options: ScanOptions, io: Io): Status {
  if (paths.length === 0) throw new WrongCall('found no paths, expected files, folders, or - for stdin');
  const config = configOf(options);
  const threshold = options.failOn ?? config.failOn;

  showProgress(io, `reading ${paths.join(' ')}`);
  const inventory = loadPaths(paths);
  showProgress(io, `judging ${plural(inventory.objects.length, 'object')}`);
  const result = scan(inventory, config);
  showProgress(io, '');

  for (const problem of inventory.problems) io.stderr.write(`${plain(describe(problem))}\n`);
  const isIncomplete = inventory.problems.some(({ level }) => level === 'error');
  if (inventory.objects.length === 0) {
    // Whatever should have made the manifests may have failed: nothing to judge is not a good judgement.
    throw new WrongCall(`found no Kubernetes objects in ${paths.join(' ')}`);
  }

  const format = formats[options.format];
  const report = { scan: result, inventory, version: version() };
  if (options.output !== undefined && !isIncomplete) {
    writeFile(options.output, format(report));
  } else {
    if (options.output !== undefined) {
      io.stderr.write(`${plain(options.output)} is not written, as not everything could be read; the rest on stdout\n`);
    }
    writeAll(io.stdout, format({ ...report, color: wantsColor(io) }));
  }
  if (isIncomplete) return 2;
  return fails(result.findings, threshold) ? 1 : 0;
}

function describe({ file, document, line, column, message, level }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${level}: ${message}${document === undefined ? '' : ` (document ${document})`}`;
}

/** Says on a terminal what is going on, in a line that the next text replaces. */
function showProgress({ stderr }: Io, text: string): void {
  if (stderr.isTTY) stderr.write(`\r\u001b[K${plain(text)}`);
}
