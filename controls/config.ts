import { readFileSync } from 'node:fs';
import { type Json, type JsonObject, type Path, parseText } from '../inventory';
import type { Minor, Profile, Severity } from './control';
import { severities } from './control';
import { checkExemption, type Exemption } from './exemptions';
import { controlById, latestKubernetes, parseKubernetes, parseProfile } from './profiles';

/** What a run is held to. `casemate.yaml` has the same fields, each of which may be left out. */
export interface Config {
  readonly profile: Profile;
  readonly kubernetes: Minor;
  /** The least severity that fails a run. */
  readonly failOn: Severity;
  readonly exemptions: readonly Exemption[];
}

export const defaults: Config = {
  profile: 'hardened',
  kubernetes: latestKubernetes,
  failOn: 'low',
  exemptions: [],
};

/**
 * Reads a configuration file, YAML or JSON.
 *
 * @throws RangeError that names file, line, column and field, what was found and what is expected
 */
export function loadConfig(file: string): Config {
  return parseConfig(readText(file), file);
}

/**
 * Reads the text of a configuration file.
 *
 * @throws RangeError as {@link loadConfig} does
 */
export function parseConfig(text: string, file: string): Config {
  const document = parseText(text, file);
  const where = (path: Path) => {
    const { line, column } = document.locate(path);
    return `${file}:${line}:${column}`;
  };
  const fail = (path: Path, message: string): never => {
    throw new RangeError(`${where(path)}: ${message}`);
  };
  if (document.value === null) return defaults;
  if (!isObject(document.value)) return fail([], `found ${show(document.value)}, expected a mapping with ${known}`);
  const raw = document.value;
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(defaults, key)) fail([key], `found the unknown field ${JSON.stringify(key)}, expected ${known}`);
  }

  const option = <T>(key: keyof Config, read: (text: string) => T): T | undefined => {
    const value = raw[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return fail([key], `${key} is ${show(value)}, expected a text${inQuotes(value)}`);
    try {
      return read(value);
    } catch (error) {
      if (error instanceof RangeError) return fail([key], `${key}: ${error.message}`);
      throw error;
    }
  };
  const exemptions = raw.exemptions ?? [];
  if (!Array.isArray(exemptions)) {
    return fail(['exemptions'], `exemptions is ${show(exemptions)}, expected a list`);
  }
  return {
    profile: option('profile', parseProfile) ?? defaults.profile,
    kubernetes: option('kubernetes', parseKubernetes) ?? defaults.kubernetes,
    failOn: option('failOn', parseSeverity) ?? defaults.failOn,
    exemptions: exemptions.map((exemption, index) =>
      checkExemption(exemption, where(['exemptions', index]), (id) => controlById(id) !== undefined),
    ),
  };
}

/**
 * Reads a severity's name.
 *
 * @throws RangeError that lists the severities there are
 */
export function parseSeverity(name: string): Severity {
  const severity = severities.find((known) => known === name);
  if (severity === undefined) throw new RangeError(`unknown severity "${name}": expected ${severities.join(', ')}`);
  return severity;
}

const known = Object.keys(defaults).join(', ');

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RangeError(`${file}: cannot be read: ${(error as Error).message}`);
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A version such as 1.30 is a number to YAML, and then 1.3. */
function inQuotes(value: Json): string {
  return typeof value === 'number' ? ': write it in quotes' : '';
}

function show(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a mapping';
  return value === null ? 'null' : `the ${typeof value} ${JSON.stringify(value)}`;
}
