import { type Flow, formatFlowPorts, formatPeer, Network } from '../analysis';
import { controlById, counts, type Finding, severities } from '../controls';
import { bySeverity, countBySeverity, countExempted, formatObject, type Report } from './report';
import { plain } from './text';

type Column = readonly (number | string)[];

/**
 * A posture on one page: what was looked at, what holds and what does not, what is excused and why, and which connections
 * are open; with another report, such as that of the same application before it was hardened, side by side.
 */
export function* summary(report: Report, before?: Report): Iterable<string> {
  const network = new Network(report.inventory);
  const columns = [
    rowTitles,
    ...(before === undefined ? [] : [column('before', before, new Network(before.inventory))]),
    column(before === undefined ? '' : 'after', report, network),
  ];
  yield* sideBySide(columns);

  yield* findingsByControl(report, before);
  yield* exempted(report.scan.findings);

  yield '\nConnections open\n';
  const connections = describeFlows(network);
  for (const line of connections) yield `  ${plain(line)}\n`;
  if (connections.length === 0) yield '  none\n';
}

/** Which controls do not hold, the worst first, and how often; before and after, where there are two reports. */
function* findingsByControl({ scan }: Report, before: Report | undefined): Iterable<string> {
  const counted = [...(before?.scan.findings ?? []), ...scan.findings].filter(counts);
  if (counted.length === 0) return;
  yield '\nFindings\n';
  const controls = new Map(counted.sort(bySeverity).map(({ control, severity }) => [control, severity]));
  const count = (findings: readonly Finding[], id: string) =>
    findings.filter((finding) => finding.control === id && counts(finding)).length;
  const width = Math.max(...[...controls.keys()].map((id) => id.length));
  for (const [id, severity] of controls) {
    const numbers = [...(before === undefined ? [] : [before.scan]), scan].map(({ findings }) => count(findings, id));
    const excused = countExempted(scan.findings.filter(({ control }) => control === id));
    const note = excused === 0 ? '' : ` (${excused} exempted)`;
    const title = controlById(id)?.title ?? '';
    yield `  ${severity.padEnd(8)}  ${id.padEnd(width)}  ${numbers.join(' -> ')}${note}  ${title}\n`;
  }
}

/** What is excused, with the objects that share a reason in one entry. */
function* exempted(findings: readonly Finding[]): Iterable<string> {
  const objects = new Map<string, Set<string>>();
  for (const { exemption } of findings) {
    if (exemption === undefined) continue;
    const reason = `${exemption.control}  until ${exemption.until}: ${exemption.reason}`;
    objects.set(reason, (objects.get(reason) ?? new Set()).add(formatObject(exemption.object)));
  }
  if (objects.size > 0) yield '\nExempted\n';
  for (const [reason, names] of objects) {
    yield `  ${plain(reason)}\n`;
    for (const name of names) yield `    ${plain(name)}\n`;
  }
}

const rowTitles: Column = [
  '',
  'objects',
  'controls',
  'questions asked (object and control)',
  'that hold',
  ...severities.map((severity) => `${severity} findings`),
  'exempted findings',
  'workloads',
  'that receive from anyone',
  'that send to anyone',
];

function column(title: string, { scan, inventory }: Report, network: Network): Column {
  const counts = countBySeverity(scan.findings);
  const open = (direction: 'ingress' | 'egress') =>
    network.workloads.filter((workload) => network.isolation(workload)[direction].length === 0).length;
  return [
    title,
    inventory.objects.length,
    scan.controls,
    scan.asked,
    scan.held,
    ...severities.map((severity) => counts[severity]),
    countExempted(scan.findings),
    network.workloads.length,
    open('ingress'),
    open('egress'),
  ];
}

function* sideBySide([titles = [], ...columns]: readonly Column[]): Iterable<string> {
  const width = Math.max(...titles.map((title) => String(title).length));
  for (const [row, title] of titles.entries()) {
    const cells = columns.map((cells) => String(cells[row]).padStart(8));
    const line = `${String(title).padEnd(width)}${cells.join('')}`.trimEnd();
    if (line !== '') yield `${line}\n`;
  }
}

/** `frontend -> cart 7070/TCP`; what all workloads may do is said once, and a namespace that all share is left out. */
function describeFlows(network: Network): string[] {
  const [home, ...others] = new Set(network.workloads.map(({ namespace }) => namespace));
  const name = (peer: Flow['from']) =>
    peer.type === 'workload' && others.length === 0 && home === peer.namespace ? peer.object.name : formatPeer(peer);
  const flows = network.flows().map(({ from, to, ...ports }) => ({
    source: name(from),
    target: `-> ${name(to)} ${formatFlowPorts(ports)}`,
    isOutward: to.type !== 'workload',
  }));
  const sources = new Map<string, number>();
  for (const { target, isOutward } of flows) if (isOutward) sources.set(target, (sources.get(target) ?? 0) + 1);
  const all = network.workloads.length;
  const shared = new Set([...sources.keys()].filter((target) => all > 1 && sources.get(target) === all));
  return [
    ...[...shared].map((target) => `all ${all} workloads ${target}`),
    ...flows.filter(({ target }) => !shared.has(target)).map(({ source, target }) => `${source} ${target}`),
  ];
}
