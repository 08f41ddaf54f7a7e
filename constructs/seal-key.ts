import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const VARIABLE = 'CASEMATE_SEAL_KEY';
const BYTES = 32;

/**
 * The key that sealed secrets are derived with, so that the same value gives the same bytes: `CASEMATE_SEAL_KEY` (32
 * bytes in base64), else a file of the user's own, made when it is first needed.
 *
 * It opens nothing. Whoever has it and the repository can test guesses of a weak secret, so it belongs into neither the
 * repository nor the cluster. People and machines that should produce the same bytes share it through their secret store.
 *
 * @throws RangeError where the variable or the file holds something else, or others may read the file
 */
export function sealKey(): Buffer {
  const text = process.env[VARIABLE];
  if (text === undefined || text === '') return keyFromFile(sealKeyFile());
  return decode(text, `the environment variable ${VARIABLE}`);
}

/** Where the user's own key lies. */
export function sealKeyFile(): string {
  const configured = process.env.XDG_CONFIG_HOME;
  // The XDG Base Directory Specification has relative paths ignored.
  const folder = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.config');
  return join(folder, 'casemate', 'seal.key');
}

function keyFromFile(file: string): Buffer {
  try {
    if (!existsSync(file)) makeKey(file);
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw new RangeError(`${file}: others may read the sealing key; run chmod 600 on it`);
    }
    return decode(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new RangeError(
      `${file}: the sealing key can neither be read nor made there (${code}); set ${VARIABLE} instead`,
    );
  }
}

/** Written in full under another name and then linked, so that of two processes one wins and neither reads half a key. */
function makeKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

function decode(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === BYTES && key.toString('base64') === text.trim()) return key;
  throw new RangeError(`${where}: expected ${BYTES} bytes in base64, as \`openssl rand -base64 ${BYTES}\` makes them`);
}
