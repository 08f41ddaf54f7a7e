import type { Finding, Minor, Profile, Severity } from '../../controls';
import { atLeast, controlById, counts, parseKubernetes, parseProfile, scan } from '../../controls';
import { type Config, defaults, loadConfig, parseSeverity } from '../../controls/config';
import { type ObjectIdentity, readRecords, type SynthesisRecord } from '../../controls/record';
import { formatPath, type Inventory, type InventoryObject, loadPaths, type Problem } from '../../inventory';
import { plain } from '../../reports/text';

/** The `properties` of the plugin in `cdk8s.yaml`. */
export interface CasemateValidationProps {
  /** @default - that of `config`, else `hardened` */
  readonly profile?: string;
  /** Kubernetes minor of the cluster. @default - that of `config`, else the newest that casemate knows */
  readonly kubernetes?: string;
  /** The least severity that fails the synthesis. @default - that of `config`, else `low` */
  readonly failOn?: string;
  /** A configuration file with settings and exemptions. @default - none */
  readonly config?: string;
}

/** What cdk8s-cli hands to a plugin, as far as it is used here (cdk8s-cli, src/plugins/validation.ts). */
export interface ValidationContext {
  readonly manifests: readonly string[];
  /** Resource name → construct. The report looks its constructs up here. */
  readonly metadata: Record<string, { path: string }>;
  readonly report: {
    addViolation(violation: Violation): void;
    submit(status: 'success' | 'failure', metadata?: Record<string, string>): void;
  };
}

/** One entry of cdk8s-cli's report, which prints what it is given: nothing in it may steer a terminal. */
export interface Violation {
  readonly ruleName: string;
  readonly recommendation: string;
  readonly fix: string;
  readonly violatingResources: {
    readonly resourceName: string;
    readonly locations: readonly string[];
    readonly manifestPath: string;
  }[];
}

const PROPERTIES = ['profile', 'kubernetes', 'failOn', 'config'];

/**
 * The validation plugin for cdk8s-cli: `cdk8s synth` fails with what the controls find in the manifests, naming the
 * construct, the field and the fix. It fails as well where something could not be read or judged.
 *
 * @throws RangeError for a property that does not exist, or a value that is none
 */
export class CasemateValidation {
  private readonly config: Config;

  public constructor(properties: CasemateValidationProps = {}) {
    for (const name of Object.keys(properties)) {
      if (!PROPERTIES.includes(name)) {
        throw new RangeError(`CasemateValidation: unknown property "${name}", expected ${PROPERTIES.join(', ')}`);
      }
    }
    const base = properties.config === undefined ? defaults : loadConfig(text('config', properties.config));
    const read = <T>(name: keyof CasemateValidationProps, parse: (value: string) => T, otherwise: T): T =>
      properties[name] === undefined ? otherwise : parse(text(name, properties[name]));
    this.config = {
      profile: read<Profile>('profile', parseProfile, base.profile),
      kubernetes: read<Minor>('kubernetes', parseKubernetes, base.kubernetes),
      failOn: read<Severity>('failOn', parseSeverity, base.failOn),
      exemptions: base.exemptions,
    };
  }

  /** Judges the manifests; cdk8s-cli then exits with 2 where the report is a failure. */
  public async validate(context: ValidationContext): Promise<void> {
    try {
      this.judge(context);
    } catch (error) {
      context.report.addViolation(unjudged(error as Error, context.manifests));
      context.report.submit('failure');
    }
  }

  private judge({ manifests, metadata, report }: ValidationContext): void {
    const { profile, kubernetes, failOn, exemptions } = this.config;
    const inventory = loadPaths(manifests);
    const records = readRecords(manifests);
    const constructs = constructsIn(records);
    const recorded = records.flatMap((record) => record.exemptions);
    const { findings } = scan(inventory, { profile, kubernetes, exemptions: [...recorded, ...exemptions] });
    const counted = findings.filter(counts);
    const errors = inventory.problems.filter(({ level }) => level === 'error');

    for (const problem of errors) report.addViolation(unreadable(problem));
    for (const group of byFix(counted)) {
      report.addViolation(violation(group, inventory, (object) => named(object, constructs, metadata)));
    }
    const fails =
      errors.length > 0 || counted.some(({ verdict, severity }) => verdict === 'error' || atLeast(severity, failOn));
    report.submit(fails ? 'failure' : 'success', {
      Profile: profile,
      Kubernetes: kubernetes,
      Objects: String(inventory.objects.length),
      Findings: String(counted.length),
      Exempted: String(findings.length - counted.length),
    });
  }
}

function violation(
  findings: readonly Finding[],
  inventory: Inventory,
  nameOf: (object: InventoryObject) => string,
): Violation {
  const [{ control: id, severity, fix }] = findings as [Finding];
  const control = controlById(id);
  return {
    ruleName: `${id}: ${control?.title ?? id} (${severity})`,
    recommendation: control?.why ?? '',
    fix: plain(fix),
    violatingResources: findings.map(({ object, path, message }) => {
      const { line, column } = inventory.locate(object, path) ?? { line: object.origin.line, column: 1 };
      return {
        resourceName: nameOf(object),
        locations: [plain(`${formatPath(path)} (${line}:${column}): ${message}`)],
        manifestPath: object.origin.file,
      };
    }),
  };
}

/** Findings of one control that one fix does away with make one entry of the report. */
function byFix(findings: readonly Finding[]): Iterable<Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.control} ${finding.fix}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return groups.values();
}

function unreadable({ file, line = 1, column = 1, message }: Problem): Violation {
  return {
    ruleName: 'Every manifest can be read',
    recommendation: 'What cannot be read has not been judged, and the API server would refuse it.',
    fix: plain(message),
    violatingResources: [
      { resourceName: file, locations: [plain(`(${line}:${column}): ${message}`)], manifestPath: file },
    ],
  };
}

function unjudged(error: Error, manifests: readonly string[]): Violation {
  return {
    ruleName: 'Every manifest can be judged',
    recommendation: 'What has not been judged may be anything.',
    fix: plain(error.message),
    violatingResources: manifests.map((manifestPath) => ({ resourceName: manifestPath, locations: [], manifestPath })),
  };
}

function constructsIn(records: readonly SynthesisRecord[]): ReadonlyMap<string, string> {
  const constructs = new Map<string, string>();
  for (const { objects } of records) {
    for (const object of objects) {
      const known = constructs.get(keyOf(object));
      constructs.set(keyOf(object), known === undefined ? object.construct : `${known} or ${object.construct}`);
    }
  }
  return constructs;
}

/**
 * The name to report an object by. cdk8s-cli looks constructs up by name alone, where a Service and a Deployment of one
 * name are the same; so the lookup is given names that tell them apart.
 */
function named(
  object: InventoryObject,
  constructs: ReadonlyMap<string, string>,
  metadata: ValidationContext['metadata'],
): string {
  const path = constructs.get(keyOf(object));
  if (path === undefined) return plain(object.name);
  const name = plain(`${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`);
  metadata[name] = { path };
  return name;
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectIdentity): string {
  return JSON.stringify([apiVersion, kind, namespace ?? null, name]);
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new RangeError(`CasemateValidation: ${name} is ${JSON.stringify(value)}, expected a text; write it in quotes`);
}
