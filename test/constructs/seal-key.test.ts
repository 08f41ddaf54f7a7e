import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sealKey, sealKeyFile } from '../../constructs/seal-key';

const saved = { ...process.env };
beforeEach(() => {
  delete process.env.CASEMATE_SEAL_KEY;
  process.env.XDG_CONFIG_HOME = mkdtempSync(join(tmpdir(), 'casemate-'));
});
afterAll(() => {
  process.env = saved;
});

test('the key of the environment comes first', () => {
  const key = Buffer.alloc(32, 1);
  process.env.CASEMATE_SEAL_KEY = key.toString('base64');
  expect(sealKey()).toEqual(key);
  expect(readdirSync(process.env.XDG_CONFIG_HOME as string)).toEqual([]);
});

test.each(['short', 'c2hvcnQ=', Buffer.alloc(33).toString('base64'), `${'!'.repeat(44)}`])(
  'a key of the environment such as %j is refused, and not repeated',
  (text) => {
    process.env.CASEMATE_SEAL_KEY = text;
    expect(sealKey).toThrow(/^the environment variable CASEMATE_SEAL_KEY: expected 32 bytes in base64/);
    expect(sealKey).not.toThrow(text);
  },
);

test('without one, a file of the user’s own is made once, for the user alone', () => {
  const first = sealKey();
  expect(first).toHaveLength(32);
  expect(sealKey()).toEqual(first);
  expect(statSync(sealKeyFile()).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(sealKeyFile())).mode & 0o777).toBe(0o700);
  expect(readdirSync(dirname(sealKeyFile()))).toEqual(['seal.key']);
  expect(readFileSync(sealKeyFile(), 'utf8').trim()).toBe(first.toString('base64'));
});

test('a file that others may read, or that holds something else, is refused', () => {
  sealKey();
  chmodSync(sealKeyFile(), 0o644);
  expect(sealKey).toThrow(`${sealKeyFile()}: others may read the sealing key; run chmod 600 on it`);
  chmodSync(sealKeyFile(), 0o600);
  writeFileSync(sealKeyFile(), 'half a ke');
  expect(sealKey).toThrow(`${sealKeyFile()}: expected 32 bytes in base64`);
});

test('where no file can be made, the variable is named', () => {
  process.env.XDG_CONFIG_HOME = join(process.env.XDG_CONFIG_HOME as string, 'file');
  mkdirSync(dirname(process.env.XDG_CONFIG_HOME), { recursive: true });
  writeFileSync(process.env.XDG_CONFIG_HOME, '');
  expect(sealKey).toThrow(
    /seal\.key: the sealing key can neither be read nor made there \(\w+\); set CASEMATE_SEAL_KEY instead/,
  );
});

test('a relative configuration folder is ignored', () => {
  process.env.XDG_CONFIG_HOME = 'relative';
  expect(sealKeyFile()).toMatch(/\.config\/casemate\/seal\.key$/);
});
