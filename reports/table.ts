import { controlById, type Exemption, type Finding, type Severity, severities } from '../controls';
import { formatPath, type InventoryObject } from '../inventory';
import {
  bySeverity,
  countBySeverity,
  countExempted,
  type Formatter,
  formatLocation,
  formatObject,
  locate,
  type Report,
} from './report';
import { plain, plural } from './text';

type Paint = (text: string) => string;
type Palette = Readonly<Record<Severity | 'strong' | 'faint', Paint>>;

/** For people, on a terminal: by file and object, the worst first, with a summary at the end. */
export const table: Formatter = function* (report) {
  const { scan } = report;
  const palette = paletteOf(report.color ?? false);
  const explained = new Set<string>();
  for (const [file, objects] of grouped(scan.findings.filter(({ exemption }) => exemption === undefined))) {
    yield `${palette.strong(plain(file))}\n`;
    for (const [object, findings] of objects) {
      yield `\n  ${palette.strong(plain(formatObject(object)))}\n`;
      for (const finding of findings) {
        yield* describe(report, finding, !explained.has(finding.control), palette);
        explained.add(finding.control);
      }
    }
    yield '\n';
  }
  yield* describeExemptions(scan.findings, scan.unusedExemptions, palette);
  yield* summarize(report, palette);
};

function* describe(report: Report, finding: Finding, explain: boolean, palette: Palette): Iterable<string> {
  const { control, severity, verdict, path, message, fix } = finding;
  const judged = verdict === 'fails' ? severity : `${severity}, ${verdict}`;
  const place = plain(formatLocation(locate(report, finding)));
  yield `    ${palette[severity](judged)}  ${control}  ${palette.faint(place)}  ${plain(formatPath(path))}\n`;
  yield `      ${plain(message)}\n`;
  const why = controlById(control)?.why;
  if (explain && why !== undefined) yield `      ${palette.faint('why')}  ${why}\n`;
  yield `      ${palette.faint('do')}   ${plain(fix)}\n`;
}

function* describeExemptions(
  findings: readonly Finding[],
  unused: readonly Exemption[],
  { strong }: Palette,
): Iterable<string> {
  const needed = new Map<Exemption, InventoryObject>();
  for (const { exemption, object } of findings) if (exemption !== undefined) needed.set(exemption, object);
  const tell = ({ control, object, reason, until }: Exemption) =>
    `  ${plain(`${control}  ${formatObject(object)}  until ${until}: ${reason}`)}\n`;
  if (needed.size > 0) {
    yield `${strong('Exempted')}\n`;
    for (const exemption of needed.keys()) yield tell(exemption);
    yield '\n';
  }
  if (unused.length > 0) {
    yield `${strong('Exemptions that nothing needs: remove them, or correct what they name')}\n`;
    for (const exemption of unused) yield tell(exemption);
    yield '\n';
  }
}

function* summarize({ scan, inventory }: Report, palette: Palette): Iterable<string> {
  const counts = countBySeverity(scan.findings);
  const total = severities.reduce((sum, severity) => sum + counts[severity], 0);
  const exempted = countExempted(scan.findings);
  const parts = severities.map((severity) => {
    const text = `${counts[severity]} ${severity}`;
    return counts[severity] > 0 ? palette[severity](text) : text;
  });
  yield `${plural(inventory.objects.length, 'object')} held against ${plural(scan.controls, 'control')} (${scan.profile}, Kubernetes ${scan.kubernetes}): `;
  yield `${plural(total, 'finding')}${total === 0 ? '' : ` (${parts.join(', ')})`}`;
  yield `${exempted === 0 ? '' : `, ${exempted} exempted`}\n`;
}

/** Findings by file and object; files, objects and findings the worst first, else in the order of the inventory. */
function grouped(findings: readonly Finding[]): Map<string, Map<InventoryObject, Finding[]>> {
  const groups = new Map<string, Map<InventoryObject, Finding[]>>();
  const worst = <T extends { readonly severity: Severity }>(list: readonly T[]): T[] => [...list].sort(bySeverity);
  for (const { object } of worst(findings)) {
    const objects = groups.get(object.origin.file) ?? new Map<InventoryObject, Finding[]>();
    groups.set(object.origin.file, objects.set(object, []));
  }
  for (const finding of worst(findings)) groups.get(finding.object.origin.file)?.get(finding.object)?.push(finding);
  return groups;
}

function paletteOf(color: boolean): Palette {
  const paint =
    (code: number): Paint =>
    (text) =>
      color ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    critical: paint(35),
    high: paint(31),
    medium: paint(33),
    low: paint(36),
    strong: paint(1),
    faint: paint(2),
  };
}
