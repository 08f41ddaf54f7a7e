import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Minor, Profile } from '../controls';
import { profiles } from '../controls';
import { type Config, defaults, loadConfig } from '../controls/config';
import { latestKubernetes, parseKubernetes, parseProfile } from '../controls/profiles';
import { reading } from './io';

const CONFIG = 'casemate.yaml';

/** What the command line says of what a run is held to. */
export interface HeldTo {
  readonly profile?: Profile;
  readonly kubernetes?: Minor;
  readonly config?: string;
}

/** Gives a command the options that say what a run is held to. */
export function heldTo(command: Command): Command {
  return command
    .option(
      '--profile <name>',
      `controls to hold objects to: ${profiles.join(', ')} (default: ${defaults.profile})`,
      argument(parseProfile),
    )
    .option(
      '--kubernetes <minor>',
      `Kubernetes version of the cluster (default: ${latestKubernetes})`,
      argument(parseKubernetes),
    )
    .option('--config <file>', `settings and exemptions (default: ./${CONFIG}, if there is one)`);
}

/** Lets an option be read by what throws a RangeError for a wrong value. */
export function argument<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/**
 * What a run is held to: the command line before the configuration file before the defaults.
 *
 * @throws WrongCall where the file cannot be read or says what it may not
 */
export function configOf({ profile, kubernetes, config }: HeldTo): Config {
  const file = config ?? (existsSync(CONFIG) ? CONFIG : undefined);
  const written = file === undefined ? defaults : reading(() => loadConfig(file));
  return { ...written, ...(profile && { profile }), ...(kubernetes && { kubernetes }) };
}
