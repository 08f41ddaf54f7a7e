import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterIntentProps, check, clusterIntent, firewallPicture } from '../../stacks/firewall';

/** The picture of an intent as a browser lays it out, with the browser's own fonts. Needs Chromium. */
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0,
);
const needed = browser === undefined ? ' (skipped: there is no Chromium on PATH)' : '';
const inBrowser = browser === undefined ? test.skip : test;

/** What the page finds out about itself: texts that overlap one another, or leave the picture. */
const script = `
  const svg = document.querySelector('svg');
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const overlaps = texts.flatMap((a, i) => texts.slice(i + 1).filter((b) => !apart(a.box, b.box)).map((b) => [a.text, b.text]));
  const outside = texts.filter(({ box }) => box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom);
  document.title = 'done';
  document.body.innerHTML = '<pre>' + encodeURIComponent(JSON.stringify({ texts: texts.map(({ text }) => text), overlaps, outside: outside.map(({ text }) => text) })) + '</pre>';
`;

function layOut(picture: string): { texts: string[]; overlaps: string[][]; outside: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'casemate-picture-'));
  try {
    const page = join(folder, 'page.html');
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><body>${picture}<script>${script}</script>`);
    const { stdout, stderr } = spawnSync(
      browser as string,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--window-size=1600,1200',
        `--user-data-dir=${join(folder, 'profile')}`,
        '--dump-dom',
        `file://${page}`,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    const found = /<pre>([^<]*)<\/pre>/.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`the browser did not lay out the page:\n${stderr}`);
    return JSON.parse(decodeURIComponent(found));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cluster: ClusterIntentProps = {
  apiServers: [
    { name: 'control-1', addresses: ['10.0.1.10', '2001:db8:1::10'] },
    { name: 'control-2', addresses: ['10.0.1.11', '2001:db8:1::11'] },
  ],
  workers: ['10.0.2.0/24', '2001:db8:2::/64'],
  bastion: ['10.0.0.5'],
  admins: ['198.51.100.0/24', '203.0.113.0/24'],
  loadBalancer: { networks: ['10.0.9.0/28'] },
  cni: { name: 'cilium', encryption: 'wireguard' },
};

inBrowser(`every group, port and reason can be read: no text overlaps another or leaves the picture${needed}`, () => {
  const intent = clusterIntent(cluster);
  const { texts, overlaps, outside } = layOut(firewallPicture(check(intent)));
  expect({ overlaps, outside }).toEqual({ overlaps: [], outside: [] });
  for (const { reason } of intent.flows) {
    expect(texts.join(' ')).toContain(reason.slice(0, 30));
  }
});
