/**
 * An intent as a picture: on the left who begins connections, on the right each group of hosts with a line for everything
 * that is let in. Text never lies under an arrow, however many flows there are.
 */

import { show } from './addresses';
import type { CheckedGroup, CheckedIntent, Rule } from './check';
import { formatPorts } from './intent';

const layout = {
  margin: 24,
  header: 76,
  sourceWidth: 232,
  sourceHeight: 46,
  gap: 18,
  /** Room for the arrows. */
  between: 150,
  fromWidth: 210,
  portsWidth: 130,
  reasonWidth: 480,
  line: 18,
  rowPadding: 8,
  titleHeight: 50,
} as const;

/** Rough widths of a character, wide enough for the fonts that browsers fall back to. */
const characterWidth = { strong: 8.2, text: 7.3, small: 6.6 } as const;

/** One line of a card: what a rule lets in. */
interface Row {
  readonly rule: Rule;
  readonly reason: readonly string[];
  readonly y: number;
  readonly height: number;
}

interface Card {
  readonly group: CheckedGroup;
  readonly rows: readonly Row[];
  readonly y: number;
  readonly height: number;
}

interface Source {
  readonly group: CheckedGroup;
  readonly y: number;
  /** Which of the colours. */
  readonly colour: number;
}

const cardX = layout.margin + layout.sourceWidth + layout.between;
const cardWidth = layout.fromWidth + layout.portsWidth + layout.reasonWidth + 48;
const width = cardX + cardWidth + layout.margin;

/** The picture as SVG, for light and dark pages. The same intent gives the same text. */
export function firewallPicture(intent: CheckedIntent): string {
  const cards = placeCards(intent);
  const sources = placeSources(cards);
  const height =
    Math.max(
      ...[...cards, ...sources.map((source) => ({ ...source, height: layout.sourceHeight }))].map(
        ({ y, height: own }) => y + own,
      ),
      layout.header,
    ) + layout.margin;
  const summary = `${intent.rules.length} flows are allowed between ${intent.groups.length} groups; everything else is denied.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="firewall-title firewall-summary">
<title id="firewall-title">Firewall</title>
<desc id="firewall-summary">${markup(summary)}</desc>
<style>${style}</style>
<rect class="page" width="${width}" height="${height}"/>
${text(layout.margin, 42, 'heading', 'Who may reach whom')}
${text(layout.margin, 64, 'muted', summary)}
${cards.flatMap(({ rows }) => rows.map((row) => arrow(row, sources))).join('\n')}
${sources.map(sourceBox).join('\n')}
${cards.map((card) => cardBox(card, sources)).join('\n')}
</svg>
`;
}

function placeCards(intent: CheckedIntent): Card[] {
  const depths = depthsOf(intent);
  const groups = intent.groups
    .filter(({ kind }) => kind === 'hosts')
    .sort((a, b) => (depths.get(a) ?? Infinity) - (depths.get(b) ?? Infinity) || (a.name < b.name ? -1 : 1));
  let top: number = layout.header + layout.gap;
  return groups.map((group) => {
    let y = top + layout.titleHeight;
    const rows = intent.rules
      .filter(({ to }) => to === group)
      .map((rule): Row => {
        const reason = wrap(rule.reason, layout.reasonWidth / characterWidth.text);
        const row = { rule, reason, y, height: reason.length * layout.line + layout.rowPadding };
        y += row.height;
        return row;
      });
    const card = { group, rows, y: top, height: y + layout.line + layout.rowPadding * 2 - top };
    top += card.height + layout.gap;
    return card;
  });
}

/** How many connections an outsider needs to get to a group: the order in which a picture is read. */
function depthsOf(intent: CheckedIntent): Map<CheckedGroup, number> {
  const depths = new Map(intent.groups.filter(({ kind }) => kind === 'networks').map((group) => [group, 0]));
  for (let grew = true; grew; ) {
    grew = false;
    for (const { from, to } of intent.rules) {
      const depth = depths.get(from);
      if (depth === undefined || depths.has(to)) continue;
      depths.set(to, depth + 1);
      grew = true;
    }
  }
  return depths;
}

/** Each source at the height of what it reaches, as far as there is room. */
function placeSources(cards: readonly Card[]): Source[] {
  const reached = new Map<CheckedGroup, number[]>();
  for (const { rows } of cards) {
    for (const { rule, y, height } of rows) reached.set(rule.from, [...(reached.get(rule.from) ?? []), y + height / 2]);
  }
  let top: number = layout.header + layout.gap;
  return [...reached]
    .map(([group, heights]) => ({ group, middle: heights.reduce((sum, each) => sum + each, 0) / heights.length }))
    .sort((a, b) => a.middle - b.middle || (a.group.name < b.group.name ? -1 : 1))
    .map(({ group, middle }, index) => {
      const y = Math.round(Math.max(top, middle - layout.sourceHeight / 2));
      top = y + layout.sourceHeight + layout.gap;
      return { group, y, colour: index % colours.length };
    });
}

function sourceBox({ group, y, colour }: Source): string {
  const x = layout.margin;
  return `<g>
<rect class="box ${group.kind}" x="${x}" y="${y}" width="${layout.sourceWidth}" height="${layout.sourceHeight}" rx="8"/>
<rect class="fill-${colour}" x="${x + layout.sourceWidth - 5}" y="${y + 8}" width="5" height="${layout.sourceHeight - 16}" rx="2.5"/>
${text(x + 14, y + 20, 'strong', fit(group.title, layout.sourceWidth - 30, 'strong'))}
${text(x + 14, y + 37, 'muted', fit(addressesOf(group), layout.sourceWidth - 30, 'small'))}
</g>`;
}

function cardBox({ group, rows, y, height }: Card, sources: readonly Source[]): string {
  const fromX = cardX + 24;
  const portsX = fromX + layout.fromWidth;
  const reasonX = portsX + layout.portsWidth;
  const lines = rows.map(({ rule, reason, y: top }) => {
    const baseline = top + layout.line;
    const colour = sources.find(({ group: from }) => from === rule.from)?.colour ?? 0;
    return [
      `<circle class="fill-${colour}" cx="${cardX + 12}" cy="${baseline - 5}" r="3.5"/>`,
      text(fromX, baseline, 'body', fit(rule.from.title, layout.fromWidth - 8, 'text')),
      text(portsX, baseline, 'ports', portsOf(rule)),
      ...reason.map((line, index) => text(reasonX, baseline + index * layout.line, 'body', line)),
    ].join('\n');
  });
  return `<g>
<rect class="box hosts" x="${cardX}" y="${y}" width="${cardWidth}" height="${height}" rx="8"/>
${text(cardX + 24, y + 24, 'strong', fit(group.title, cardWidth - 48, 'strong'))}
${text(cardX + 24, y + 41, 'muted', fit(addressesOf(group), cardWidth - 48, 'small'))}
${[...lines, text(cardX + 24, y + height - 12, 'muted', rows.length > 0 ? 'Everything else is denied.' : 'Nothing is let in for this role alone.')].join('\n')}
</g>`;
}

function arrow({ rule, y }: Row, sources: readonly Source[]): string {
  const source = sources.find(({ group }) => group === rule.from);
  if (source === undefined) return '';
  const x1 = layout.margin + layout.sourceWidth;
  const y1 = source.y + layout.sourceHeight / 2;
  const x2 = cardX - 2;
  const y2 = y + layout.line - 5;
  const bend = layout.between * 0.55;
  return `<path class="arrow line-${source.colour}" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - 10 - bend} ${y2} ${x2 - 10} ${y2}"/>
<path class="fill-${source.colour}" d="M${x2 - 11} ${y2 - 4.5}L${x2} ${y2}L${x2 - 11} ${y2 + 4.5}Z"/>`;
}

function portsOf({ protocol, ports }: Rule): string {
  const names: Partial<Record<Rule['protocol'], string>> = { icmp: 'ping', ipip: 'IP-in-IP', esp: 'ESP' };
  return names[protocol] ?? formatPorts({ protocol, ...ports });
}

function addressesOf({ addresses }: CheckedGroup): string {
  return addresses.length === 0 ? 'known by reference' : show(addresses);
}

/** Lines of whole words; a word that is longer than a line is broken. */
function wrap(words: string, limit: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(/\s+/).filter((each) => each !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= limit) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...chunks(word, Math.floor(limit)));
  }
  return lines;
}

function chunks(word: string, length: number): string[] {
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / length) }, (_, index) =>
    characters.slice(index * length, (index + 1) * length).join(''),
  );
}

function fit(content: string, room: number, font: keyof typeof characterWidth): string {
  const limit = Math.floor(room / characterWidth[font]);
  const characters = [...content];
  return characters.length <= limit ? content : `${characters.slice(0, limit - 1).join('')}…`;
}

function text(x: number, y: number, kind: string, content: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${markup(content)}</text>`;
}

function markup(content: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return content.replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** Apart for most eyes that see fewer colours, and with contrast on white and on black (after Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#b0578d', '#a67c00', '#5e6bc7', '#3a8f9c', '#8a6d5a'] as const;

const style = `
text{font-family:system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;font-size:13px;fill:#1c2128}
.heading{font-size:20px;font-weight:600}
.strong{font-weight:600}
.muted{font-size:12px;fill:#59636e}
.ports{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px}
.page{fill:#ffffff}
.box{fill:#f6f8fa;stroke:#d1d9e0}
.networks{stroke-dasharray:4 3}
.arrow{fill:none;stroke-width:1.6;opacity:.85}
${colours.map((colour, index) => `.fill-${index}{fill:${colour}}.line-${index}{stroke:${colour}}`).join('\n')}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.muted{fill:#9198a1}.page{fill:#0d1117}.box{fill:#161b22;stroke:#3d444d}}
`;
