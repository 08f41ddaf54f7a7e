import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Control, type InventoryControl, type Minor, minorOf, type Profile, profiles } from './control';
import { type CompiledControl, compileControl } from './evaluate';

/** The Kubernetes minor that is assumed where none is named: the newest one that casemate is proven against. */
export const latestKubernetes: Minor = '1.37';

/** The minors whose API servers still get patches, oldest first (kubernetes.io/releases, November 2026). */
export const supportedKubernetes: readonly Minor[] = ['1.35', '1.36', '1.37'];

let all: readonly Control[] | undefined;

/** Every control, by id. The catalogue is its folder: a file added there is a control. */
export function catalogue(): readonly Control[] {
  if (all === undefined) {
    const folder = join(__dirname, 'catalogue');
    all = readdirSync(folder)
      .filter((file) => /^[a-z-]+\.(js|ts)$/.test(file))
      .sort()
      .map((file) => (require(join(folder, file)) as { control: Control }).control);
  }
  return all;
}

/** The control with this id. */
export function controlById(id: string): Control | undefined {
  return catalogue().find((control) => control.id === id);
}

/** The controls of a profile, ready for one Kubernetes minor. */
export interface Selection {
  readonly profile: Profile;
  readonly kubernetes: Minor;
  readonly objectControls: readonly CompiledControl[];
  readonly inventoryControls: readonly InventoryControl[];
}

const selections = new Map<string, Selection>();

/** Chooses the controls of a profile and compiles them once. */
export function select(profile: Profile = 'hardened', kubernetes: Minor = latestKubernetes): Selection {
  const key = `${profile}@${kubernetes}`;
  let selection = selections.get(key);
  if (selection === undefined) {
    const chosen = catalogue().filter((control) => control.profiles.includes(profile));
    const compiled = chosen.flatMap((control) =>
      control.about === 'inventory' ? [] : (compileControl(control, kubernetes) ?? []),
    );
    const overridden = new Set(compiled.map(({ control }) => control.overrides));
    selection = {
      profile,
      kubernetes,
      objectControls: compiled.filter(({ control }) => !overridden.has(control.id)),
      inventoryControls: chosen.filter((control) => control.about === 'inventory'),
    };
    selections.set(key, selection);
  }
  return selection;
}

/**
 * Reads a profile's name.
 *
 * @throws RangeError that lists the profiles there are
 */
export function parseProfile(name: string): Profile {
  const profile = profiles.find((known) => known === name);
  if (profile === undefined) throw new RangeError(`unknown profile "${name}": expected ${profiles.join(', ')}`);
  return profile;
}

/**
 * Reads a Kubernetes version: `1.37`, `v1.37` or `1.37.1`.
 *
 * @throws RangeError where it is not one, or is newer than casemate knows
 */
export function parseKubernetes(version: string): Minor {
  const match = /^v?1\.(\d{1,3})(\.\d+)?$/.exec(version);
  const minor: Minor = `1.${Number(match?.[1])}`;
  if (match === null || minorOf(minor) > minorOf(latestKubernetes)) {
    throw new RangeError(`unknown Kubernetes version "${version}": expected 1.0 to ${latestKubernetes}`);
  }
  return minor;
}
