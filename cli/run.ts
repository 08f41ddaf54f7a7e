import { Command, CommanderError } from 'commander';
import { plain } from '../reports/text';
import { type Io, type Status, WrongCall } from './io';
import { version } from './version';

type Define = (command: Command, io: Io, exit: (status: Status) => void) => void;

/** Each command is loaded when it is called: the catalogue takes longer to load than Node to start. */
const commands: Readonly<Record<string, { readonly about: string; readonly load: () => Define }>> = {
  scan: {
    about: 'hold manifests against the controls',
    load: () => (require('./scan') as typeof import('./scan')).defineScan,
  },
  explain: {
    about: 'say what a control is about, or list them all',
    load: () => (require('./explain') as typeof import('./explain')).defineExplain,
  },
  admission: {
    about: 'write the controls as policies for the API server',
    load: () => (require('./admission') as typeof import('./admission')).defineAdmission,
  },
};

/**
 * Runs the command line.
 *
 * @param argv what follows the name of the program
 */
export async function run(argv: readonly string[], io: Io): Promise<Status> {
  let status: Status = 0;
  const program = new Command('casemate')
    .description('Hardens Kubernetes: one catalogue of controls for manifests, code and the API server.')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      `
Examples:
  casemate scan k8s/
  helm template shop | casemate scan -
  casemate explain no-host-path
  casemate admission --profile restricted | kubectl apply -f -`,
    );
  for (const [name, { about, load }] of Object.entries(commands)) {
    const command = program.command(name).description(about);
    if (argv.includes(name)) load()(command, io, (result) => (status = result));
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof WrongCall)) throw error;
    io.stderr.write(`error: ${plain(error.message)}\n`);
    return 2;
  }
}
