import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Output, WrongCall } from './io';

/** Characters that are written at once: one system call a line would take longer than a scan. */
const CHUNK = 1 << 16;

/** Writes pieces of text, gathered into larger ones. */
export function writeAll(output: Output, pieces: Iterable<string>): void {
  for (const chunk of chunks(pieces)) output.write(chunk);
}

/**
 * Writes a file as a whole or not at all: whoever reads it meanwhile sees the old one.
 *
 * @throws WrongCall where it cannot be written
 */
export function writeFile(file: string, pieces: Iterable<string>): void {
  try {
    const target = replaceable(file);
    if (target === undefined) writeTo(file, 'w', pieces);
    else replace(target, pieces);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new WrongCall(`--output ${file}: cannot be written: ${(error as Error).message}`);
  }
}

function* chunks(pieces: Iterable<string>): Iterable<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** The file itself, links followed; `undefined` for what is no regular file, such as a pipe: it is written to as it is. */
function replaceable(file: string): string | undefined {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return file;
  return status.isFile() ? realpathSync(file) : undefined;
}

function replace(file: string, pieces: Iterable<string>): void {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    writeTo(draft, 'wx', pieces);
    renameSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(draft, { force: true });
    throw error;
  }
}

function writeTo(file: string, flags: 'w' | 'wx', pieces: Iterable<string>): void {
  const descriptor = openSync(file, flags);
  try {
    for (const chunk of chunks(pieces)) writeWhole(descriptor, Buffer.from(chunk));
    if (flags === 'wx') fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
