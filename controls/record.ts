import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkExemption, type Exemption } from './exemptions';
import { controlById } from './profiles';

/**
 * What synthesis knows and manifests do not say: the construct of each object, and the exemptions made in code. It lies
 * beside the manifests, where neither `kubectl apply -f` of the folder nor cdk8s-cli takes it for one.
 */
export interface SynthesisRecord {
  /** Of this format. */
  readonly version: 1;
  readonly objects: readonly RecordedObject[];
  readonly exemptions: readonly RecordedExemption[];
}

/** Which object of a cluster it is. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface RecordedObject extends ObjectIdentity {
  /** The path of the construct. */
  readonly construct: string;
}

export interface RecordedExemption extends Exemption {
  /** The path of the construct that was exempted. */
  readonly construct: string;
}

const FILE = join('.casemate', 'synth.json');

/** Writes the record of a synthesis into its output folder. */
export function writeRecord(folder: string, record: SynthesisRecord): void {
  const file = join(folder, FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`);
}

/**
 * Reads the records that belong to manifests: from the folder of each, or from the one above it, because cdk8s can write
 * a folder for each chart. None where the manifests were synthesized without casemate.
 *
 * @throws SyntaxError, RangeError where a record cannot be understood
 */
export function readRecords(manifests: readonly string[]): SynthesisRecord[] {
  const folders = new Set(manifests.map((manifest) => dirname(manifest)));
  const files = new Set([...folders].flatMap((folder) => [join(folder, FILE), join(dirname(folder), FILE)]));
  return [...files].map(readFrom).filter((record) => record !== undefined);
}

function readFrom(file: string): SynthesisRecord | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const record = JSON.parse(text) as Partial<SynthesisRecord> | null;
  if (record?.version !== 1 || !Array.isArray(record.objects) || !Array.isArray(record.exemptions)) {
    throw new RangeError(
      `${file}: version is ${JSON.stringify(record?.version)}, expected 1; synthesize again with the casemate that validates`,
    );
  }
  const exemptions = record.exemptions.map(({ construct, ...exemption }, index) => ({
    ...checkExemption(exemption, `${file}: exemptions[${index}]`, (id) => controlById(id) !== undefined),
    construct,
  }));
  return { version: 1, objects: record.objects, exemptions };
}
