import type { Exemption, Finding, Scan, Severity } from '../controls';
import { atLeast, counts, severities } from '../controls';
import type { Inventory } from '../inventory';

/** What a run found, to be told. */
export interface Report {
  readonly scan: Scan;
  readonly inventory: Inventory;
  /** Of casemate. */
  readonly version: string;
  /** Whether a terminal shows it in colour. @default false */
  readonly color?: boolean;
}

/** Writes a report, piece by piece, so that a large one needs not be held in memory. */
export type Formatter = (report: Report) => Iterable<string>;

/** Where a finding is: a place in a text, or the construct that made the object. */
export interface Location {
  readonly file: string;
  /** From 1; 0 where there is no text. */
  readonly line: number;
  readonly column: number;
  readonly construct: string | null;
}

/** Where in its file a path of an object stands. */
export function locate({ inventory }: Report, { object, path }: Pick<Finding, 'object' | 'path'>): Location {
  const { file, line, construct } = object.origin;
  const position = inventory.locate(object, path) ?? { line, column: 0 };
  return { file, line: position.line, column: position.column, construct: construct ?? null };
}

/** `k8s/cart.yaml:31:11`; the path of the construct where there is no text. */
export function formatLocation({ file, line, column, construct }: Location): string {
  return line === 0 ? (construct ?? file) : `${file}:${line}:${column}`;
}

/** `Deployment shop/cart`. */
export function formatObject({ kind, namespace, name }: Exemption['object']): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** How many findings there are that no exemption excuses. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const totals = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const finding of findings) if (counts(finding)) totals[finding.severity]++;
  return totals;
}

export function countExempted(findings: readonly Finding[]): number {
  return findings.filter((finding) => !counts(finding)).length;
}

/**
 * Whether a run fails: a finding at or above the threshold that no exemption excuses. A control that could not be
 * evaluated always fails it, however little it matters.
 */
export function fails(findings: readonly Finding[], threshold: Severity): boolean {
  return findings.some(
    (finding) => counts(finding) && (finding.verdict === 'error' || atLeast(finding.severity, threshold)),
  );
}

/** Orders by severity, the worst first. */
export function bySeverity(a: { readonly severity: Severity }, b: { readonly severity: Severity }): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity);
}
