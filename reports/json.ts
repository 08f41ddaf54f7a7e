import type { Finding } from '../controls';
import { formatPath } from '../inventory';
import { countBySeverity, countExempted, type Formatter, locate, type Report } from './report';
import { json as line } from './text';

/** One object for other programs, a finding a line; its shape is published in `schema/scan.json`. */
export const json: Formatter = function* (report) {
  const { scan, inventory, version } = report;
  const { kubernetes, profile, findings } = scan;
  yield `{ "version": ${line(version)}, "kubernetes": ${line(kubernetes)}, "profile": ${line(profile)},\n  "findings": [`;
  let separator = '\n    ';
  for (const finding of findings) {
    yield `${separator}${line(describe(report, finding))}`;
    separator = ',\n    ';
  }
  const summary = {
    objects: inventory.objects.length,
    documents: inventory.documents,
    findings: countBySeverity(findings),
    exempted: countExempted(findings),
  };
  yield `${findings.length === 0 ? '' : '\n  '}],\n  "summary": ${line(summary)} }\n`;
};

function describe(report: Report, finding: Finding): object {
  const { control, severity, verdict, object, path, message, fix, exemption } = finding;
  const { apiVersion, kind, namespace, name } = object;
  return {
    control,
    severity,
    verdict,
    object: { apiVersion, kind, namespace: namespace ?? null, name },
    path: formatPath(path),
    at: locate(report, finding),
    message,
    fix,
    exemption: exemption === undefined ? null : { reason: exemption.reason, until: exemption.until },
  };
}
