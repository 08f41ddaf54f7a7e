import { createHash } from 'node:crypto';
import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Control, Finding, Severity } from '../controls';
import { select } from '../controls';
import { formatPath, type Path, type Problem, valueAt } from '../inventory';
import { formatReferences } from './references';
import { type Formatter, locate, type Report } from './report';
import { json } from './text';

const levels: Readonly<Record<Severity, string>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' };

/** By which GitHub ranks alerts: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning */
const scores: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0' };

/**
 * SARIF 2.1.0, a result a line.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export const sarif: Formatter = function* (report) {
  const { scan, inventory, version } = report;
  const { objectControls, inventoryControls } = select(scan.profile, scan.kubernetes);
  const controls: Control[] = [...objectControls.map(({ control }) => control), ...inventoryControls];
  const rules = controls.sort((a, b) => (a.id < b.id ? -1 : 1));
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const driver = { name: 'casemate', semanticVersion: version, rules: rules.map(rule) };
  const invocation = {
    executionSuccessful: inventory.problems.every(({ level }) => level !== 'error'),
    toolExecutionNotifications: inventory.problems.map(notification),
  };
  yield `{ "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{\n`;
  yield `  "tool": ${json({ driver })},\n  "invocations": [${json(invocation)}],\n  "columnKind": "utf16CodeUnits",\n  "results": [`;
  const fingerprints = new Map<string, number>();
  let separator = '\n    ';
  for (const finding of scan.findings) {
    const print = fingerprint(finding);
    const ordinal = (fingerprints.get(print) ?? 0) + 1;
    fingerprints.set(print, ordinal);
    yield `${separator}${json({
      ruleId: finding.control,
      ruleIndex: indexes.get(finding.control),
      ...result(report, finding),
      partialFingerprints: { primaryLocationLineHash: `${print}:${ordinal}` },
    })}`;
    separator = ',\n    ';
  }
  yield `${scan.findings.length === 0 ? '' : '\n  '}]\n}] }\n`;
};

function rule({ id, title, why, severity, references, profiles }: Control): object {
  const [page] = references.urls ?? [];
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: [why, ...formatReferences(references)].join('\n') },
    ...(page !== undefined && { helpUri: page }),
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security', 'kubernetes', ...profiles], 'security-severity': scores[severity] },
  };
}

function result(report: Report, finding: Finding): object {
  const { object, path, message, fix, severity, verdict, exemption } = finding;
  const { file, line, column, construct } = locate(report, finding);
  const region = { startLine: line, startColumn: column };
  const names = [
    { fullyQualifiedName: [object.kind, object.namespace, object.name].filter(Boolean).join('/'), kind: 'resource' },
    ...(construct === null ? [] : [{ fullyQualifiedName: construct, kind: 'object' }]),
  ];
  return {
    level: levels[severity],
    message: { text: `${message}. To do: ${fix}.` },
    locations: [
      {
        ...(line > 0 && { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region } }),
        logicalLocations: names,
      },
    ],
    ...(exemption !== undefined && {
      suppressions: [
        { kind: 'external', status: 'accepted', justification: `${exemption.reason} (until ${exemption.until})` },
      ],
    }),
    properties: { path: formatPath(path), verdict },
  };
}

function notification({ file, line, column, message, level }: Problem): object {
  const region = line === undefined ? {} : { region: { startLine: line, ...(column && { startColumn: column }) } };
  return {
    level,
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }],
  };
}

function uriOf(file: string): string {
  if (file === '-') return 'stdin';
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(sep).map(encodeURIComponent).join('/');
}

/** What a finding is about, whatever moves around it: items of lists go by their name, not by their place. */
function fingerprint({ control, object, path }: Finding): string {
  const steps = path.map((step, index) => {
    const name = typeof step === 'number' ? valueAt(object.value, [...path.slice(0, index + 1), 'name']) : undefined;
    return typeof name === 'string' ? name : step;
  });
  const identity: [string, string, string, string, string, Path] = [
    control,
    object.group,
    object.kind,
    object.namespace ?? '',
    object.name,
    steps,
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}
