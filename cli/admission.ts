import type { Command } from 'commander';
import { type Exemption, isExpired, select, today } from '../controls';
import { admissionManifests, type ValidationAction } from '../gates/admission';
import { formatObject, plain, plural } from '../reports';
import { type Io, reading, type Status } from './io';
import { argument, configOf, type HeldTo, heldTo } from './options';
import { writeAll, writeFile } from './output';
import { version } from './version';
import { yamlOf } from './yaml';

interface AdmissionOptions extends HeldTo {
  readonly action?: readonly ValidationAction[];
  readonly mutation: boolean;
  readonly output?: string;
}

const actions: Readonly<Record<string, ValidationAction>> = { deny: 'Deny', warn: 'Warn', audit: 'Audit' };

/** `casemate admission`: the controls as admission policies, with their bindings. */
export function defineAdmission(command: Command, io: Io, exit: (status: Status) => void): void {
  heldTo(command)
    .option(
      '--action <name...>',
      `what the API server does: ${Object.keys(actions).join(', ')}; several, but not deny with warn (default: deny)`,
      (text, previous: readonly ValidationAction[] = []) => [...previous, argument(parseAction)(text)],
    )
    .option('--no-mutation', 'leave out the policies that apply fixes')
    .option('--output <file>', 'write the policies there, whole or not at all')
    .addHelpText(
      'after',
      `
The exemptions of the configuration become match conditions. The API server knows no
dates: run this again, at least daily, for exemptions to end.

Examples:
  casemate admission | kubectl apply --server-side -f -
  casemate admission --action warn audit --no-mutation    # first see what would be refused
  casemate admission --profile restricted --kubernetes 1.36 --output policies.yaml`,
    )
    .action((options: AdmissionOptions) => exit(run(options, io)));
}

function run({ action = ['Deny'], mutation, output, ...heldTo }: AdmissionOptions, io: Io): Status {
  const { profile, kubernetes, exemptions } = configOf(heldTo);
  const day = today();
  const selection = select(profile, kubernetes);
  const manifests = reading(() =>
    admissionManifests(selection, { exemptions, day, actions: action, mutate: mutation }),
  );
  for (const exemption of exemptions) {
    if (isExpired(exemption, day)) io.stderr.write(`warning: ${plain(describeEnd(exemption))}\n`);
  }
  const count = selection.objectControls.length;
  const heading = [
    `# casemate ${version()}: ${plural(count, 'control')} of the profile ${profile}, for Kubernetes ${kubernetes}.\n`,
    ...selection.inventoryControls.map(({ id }) => `# Not among them, as no single object can answer it: ${id}.\n`),
  ];
  const pieces = [...heading, ...yamlOf(manifests)];
  if (output === undefined) writeAll(io.stdout, pieces);
  else writeFile(output, pieces);
  return 0;
}

function describeEnd({ control, object, until }: Exemption): string {
  return `the exemption of ${formatObject(object)} from ${control} ended on ${until}: it is left out`;
}

function parseAction(name: string): ValidationAction {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    throw new RangeError(`unknown action "${name}": expected ${Object.keys(actions).join(', ')}`);
  }
  return action;
}
