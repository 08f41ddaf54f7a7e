import { allows, check, clusterIntent, firewallPicture, type Intent, tcp } from '../../../stacks/firewall';

const cluster = clusterIntent({
  apiServers: ['10.0.0.1', '10.0.0.2'],
  workers: ['10.0.1.1'],
  bastion: ['10.0.9.1'],
  admins: ['198.51.100.0/24'],
  cni: 'cilium',
});

interface Text {
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

function texts(svg: string): Text[] {
  return [...svg.matchAll(/<text class="([^"]*)" x="([^"]*)" y="([^"]*)">([^<]*)<\/text>/g)].map(
    ([, kind = '', x, y, text = '']) => ({ kind, x: Number(x), y: Number(y), text }),
  );
}

function boxes(svg: string) {
  return [...svg.matchAll(/<rect class="box [^"]*" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g)].map(
    (match) => {
      const [x = 0, y = 0, width = 0, height = 0] = match.slice(1).map(Number);
      return { x, y, width, height };
    },
  );
}

/** A picture of many groups with long titles and reasons. */
const crowded: Intent = {
  groups: [
    ...Array.from({ length: 12 }, (_, index) => ({
      name: `hosts-${index}`,
      title: `Hosts with a rather long title number ${index}`,
      kind: 'hosts' as const,
      addresses: [`10.0.${index}.1`],
    })),
    { name: 'users', kind: 'networks', addresses: Array.from({ length: 99 }, (_, index) => `198.51.100.${2 * index}`) },
  ],
  flows: Array.from({ length: 40 }, (_, index) => ({
    from: index % 3 === 0 ? 'users' : `hosts-${index % 12}`,
    to: `hosts-${(index * 7) % 12}`,
    ports: [tcp(1000 + index, 2000 + index)],
    reason: 'Because of a long story, told with many words. '.repeat((index % 4) + 1) + 'x'.repeat(150 * (index % 2)),
  })),
  required: [],
  guarded: [],
};

test.each([
  ['the default cluster', cluster],
  ['a crowd', crowded],
])('in %s no box lies on another and no text on a text', (_, intent) => {
  const svg = firewallPicture(check(intent));
  const all = boxes(svg);
  for (const [index, a] of all.entries())
    for (const b of all.slice(index + 1))
      expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
  const lines = texts(svg);
  const end = ({ kind, x, text }: Text) =>
    x + [...text].length * (kind === 'strong' ? 8.2 : kind === 'muted' ? 6.6 : 7.3);
  for (const [index, a] of lines.entries())
    for (const b of lines.slice(index + 1))
      if (Math.abs(a.y - b.y) < 12)
        expect([a.text, b.text, end(a) <= b.x || end(b) <= a.x]).toEqual([a.text, b.text, true]);
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  for (const line of lines) expect(end(line) <= Number(width) && line.y < Number(height)).toBe(true);
});

test('every flow of the intent has an arrow, its ports and its reason', () => {
  const intent = check(cluster);
  const svg = firewallPicture(intent);
  expect(svg.match(/<path class="arrow /g)).toHaveLength(intent.rules.length);
  const shown = texts(svg).map(({ text }) => text);
  for (const { reason } of intent.rules) expect(shown).toContain(reason);
  expect(shown.filter((text) => text === 'tcp 22')).toHaveLength(3);
  expect(allows(intent, { src: '10.0.9.1', dst: '10.0.0.1', protocol: 'tcp', port: 22 })).toBe(true);
});

test('the same intent gives the same picture, whatever the order it was written in', () => {
  const turned = { ...cluster, groups: [...cluster.groups].reverse(), flows: [...cluster.flows].reverse() };
  expect(firewallPicture(check(turned))).toBe(firewallPicture(check(cluster)));
});

test('text cannot become markup', () => {
  const intent: Intent = {
    groups: [{ name: 'web', title: '<script>&"\'', kind: 'hosts', addresses: ['10.0.0.1'] }],
    flows: [{ from: 'web', to: 'web', ports: [tcp(1)], reason: '</text><script>alert(1)</script>' }],
    required: [],
    guarded: [],
  };
  const svg = firewallPicture(check(intent));
  expect(svg).not.toContain('<script>');
  expect(svg).toContain('&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(svg).toContain('&lt;script&gt;&amp;&quot;&#39;');
});

test('it follows the colours of the page, light or dark', () => {
  expect(firewallPicture(check(cluster))).toContain('@media (prefers-color-scheme:dark)');
});

test('an intent without groups is a picture too', () => {
  expect(firewallPicture(check({ groups: [], flows: [], required: [], guarded: [] }))).toContain(
    '0 flows are allowed between 0 groups',
  );
});
