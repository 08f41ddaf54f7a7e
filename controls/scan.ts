import { formatPath, type Inventory, type InventoryObject, type Path, valueAt } from '../inventory';
import type { Control, Minor, Profile, Severity } from './control';
import { severities } from './control';
import { type CompiledControl, evaluate, type Outcome, type Subject, subjectOf, type Verdict } from './evaluate';
import { type Exemption, Exemptions, isExpired, today } from './exemptions';
import { describeFix, describeOutcome } from './messages';
import { select } from './profiles';

/** A control that does not hold for an object. */
export interface Finding {
  /** Id of the control. */
  readonly control: string;
  readonly severity: Severity;
  readonly verdict: Exclude<Verdict, 'holds'>;
  readonly object: InventoryObject;
  /** The offending field. */
  readonly path: Path;
  /** What is there now; `undefined` where nothing is. */
  readonly found: unknown;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** The exemption that keeps it from counting. */
  readonly exemption?: Exemption;
}

export interface ScanOptions {
  /** @default 'hardened' */
  readonly profile?: Profile;
  /** @default the newest minor that casemate knows */
  readonly kubernetes?: Minor;
  /** @default none */
  readonly exemptions?: readonly Exemption[];
  /** The day exemptions are held against, as `YYYY-MM-DD`. @default today in UTC */
  readonly day?: string;
}

export interface Scan {
  readonly profile: Profile;
  readonly kubernetes: Minor;
  /** In the order of the objects; of one object, in the order of the controls' ids. */
  readonly findings: readonly Finding[];
  /** How often a control was asked of an object, and held. */
  readonly asked: number;
  readonly held: number;
  /** Controls in the profile. */
  readonly controls: number;
  readonly unusedExemptions: readonly Exemption[];
}

/** Holds every object of the inventory against every control of the profile. */
export function scan(inventory: Inventory, options: ScanOptions = {}): Scan {
  const selection = select(options.profile, options.kubernetes);
  const exemptions = new Exemptions(options.exemptions ?? [], options.day ?? today());
  const findings: Finding[] = [];
  let asked = 0;
  let held = 0;

  const aboutPods = selection.objectControls.filter(({ control }) => control.about === 'pods');
  const aboutKind = new Map<string, CompiledControl[]>();
  for (const compiled of selection.objectControls) {
    if (compiled.control.about === 'pods') continue;
    for (const kind of Object.keys(compiled.control.about.resources)) {
      const key = `${compiled.control.about.group}/${kind}`;
      aboutKind.set(key, [...(aboutKind.get(key) ?? []), compiled]);
    }
  }

  for (const object of inventory.objects) {
    const ask = (controls: readonly CompiledControl[], subject: Subject) => {
      for (const compiled of controls) {
        asked++;
        const outcomes = evaluate(compiled, subject);
        if (outcomes.length === 0) held++;
        for (const outcome of outcomes) {
          findings.push(finding(compiled.control, object, outcome, exemptions));
        }
      }
    };
    for (const pod of object.pods) ask(aboutPods, subjectOf(object.value, pod));
    const controls = aboutKind.get(`${object.group}/${object.kind}`);
    if (controls !== undefined) ask(controls, subjectOf(object.value));
  }

  for (const control of selection.inventoryControls) {
    const violations = [...control.check(inventory)];
    asked++;
    if (violations.length === 0) held++;
    for (const violation of violations) {
      findings.push(withExemption({ ...violation, control, verdict: 'fails' }, exemptions));
    }
  }

  const order = new Map(inventory.objects.map((object, index) => [object, index]));
  findings.sort((a, b) => (order.get(a.object) ?? 0) - (order.get(b.object) ?? 0));
  return {
    profile: selection.profile,
    kubernetes: selection.kubernetes,
    findings,
    asked,
    held,
    controls: selection.objectControls.length + selection.inventoryControls.length,
    unusedExemptions: exemptions.unused,
  };
}

/** Whether the finding counts: it is not exempted. */
export function counts(finding: Finding): boolean {
  return finding.exemption === undefined;
}

/** Whether a severity is at least as bad as another. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(threshold);
}

function finding(control: Control, object: InventoryObject, outcome: Outcome, exemptions: Exemptions): Finding {
  const path = outcome.malformed ? outcome.element : [...outcome.element, ...outcome.clause.field];
  const found = valueAt(object.value, path);
  return withExemption(
    {
      control,
      object,
      path,
      found,
      verdict: outcome.verdict,
      message: describeOutcome(control, outcome, found),
      fix: describeFix(outcome, formatPath(path)),
    },
    exemptions,
  );
}

/** Error and unknown verdicts are never exempted: nobody has seen what they would excuse. */
function withExemption(
  found: Omit<Finding, 'control' | 'severity' | 'exemption'> & { readonly control: Control },
  exemptions: Exemptions,
): Finding {
  const { control, ...rest } = found;
  const exemption = rest.verdict === 'fails' ? exemptions.find(control.id, rest.object) : undefined;
  const result = { ...rest, control: control.id, severity: control.severity };
  if (exemption === undefined) return result;
  if (isExpired(exemption, exemptions.day)) {
    return { ...result, message: `${rest.message}; its exemption ended on ${exemption.until} (${exemption.reason})` };
  }
  return { ...result, exemption };
}
