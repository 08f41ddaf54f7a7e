import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Collector } from './collect';
import type { Inventory } from './inventory';

export interface LoadOptions {
  /**
   * Larger files are not read but reported as an error, in bytes.
   * @default 67108864 (64 MiB)
   */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const STDIN = '-';
/** What cdk8s writes beside its manifests for validation plugins. */
const CDK8S_METADATA = 'construct-metadata.json';
const MANIFEST = /\.(?:ya?ml|json)$/;

/**
 * Reads manifests from files, from folders with all that is in them (`.yaml`, `.yml` and `.json`, sorted by name; not
 * `node_modules`, nor folders whose name begins with a dot) and, for `-`, from stdin. A link in a folder is followed where
 * it stays in that folder: what somebody else wrote into it must not choose what is read of the rest of the disk.
 *
 * It never throws for what it finds: what cannot be read is among the inventory's problems, and the rest is there.
 */
export function loadPaths(paths: readonly string[], options: LoadOptions = {}): Inventory {
  const loader = new Loader(options.maxBytes ?? DEFAULT_MAX_BYTES);
  for (const path of paths) loader.path(path);
  return loader.collector.inventory();
}

/** Reads manifests from a text; `file` is what its objects' origin says. */
export function loadText(text: string, file: string): Inventory {
  const collector = new Collector();
  collector.text(text, file, true);
  return collector.inventory();
}

class Loader {
  readonly collector = new Collector();
  /** Real paths of what was read already: links may lead to the same place twice, or in circles. */
  private readonly seen = new Set<string>();

  constructor(private readonly maxBytes: number) {}

  path(path: string): void {
    if (path === STDIN) this.file(path, true);
    else {
      this.guard(path, () =>
        statSync(path).isDirectory() ? this.folder(path, realpathSync(path)) : this.file(path, true),
      );
    }
  }

  private folder(folder: string, root: string): void {
    if (this.isSeen(folder)) return;
    const names = readdirSync(folder).sort();
    for (const name of names) {
      const path = join(folder, name);
      this.guard(path, () => {
        const isManifest = MANIFEST.test(name) && name !== CDK8S_METADATA;
        const status = statSync(path, { throwIfNoEntry: isManifest });
        const isFolder = status?.isDirectory() && name !== 'node_modules' && !name.startsWith('.');
        if (!isFolder && !isManifest) return;
        if (!isWithin(realpathSync(path), root)) {
          const message = 'a link that leads out of the folder, not followed: name what it leads to, if that is meant';
          this.collector.problems.push({ file: path, message, level: 'warning' });
        } else if (isFolder) {
          this.folder(path, root);
        } else if (status?.isFile()) {
          this.file(path, false);
        }
      });
    }
  }

  private file(file: string, isNamed: boolean): void {
    if (file !== STDIN && this.isSeen(file)) return;
    this.guard(file, () => {
      const bytes = file === STDIN ? readAll(0, this.maxBytes) : readFile(file, this.maxBytes);
      if (bytes === undefined) {
        this.problem(file, `larger than ${this.maxBytes} bytes, not read: split it`);
        return;
      }
      const text = decode(bytes);
      if (text.includes('\0')) {
        this.problem(file, 'a binary file (it has NUL bytes), not a manifest');
        return;
      }
      if (text.includes('\ufffd') && !isUtf8(bytes) && !hasUtf16Mark(bytes)) {
        const message = 'not valid UTF-8: what could not be read became U+FFFD, as with kubectl';
        this.collector.problems.push({ file, message, level: 'warning' });
      }
      this.collector.text(text, file, isNamed);
    });
  }

  private isSeen(path: string): boolean {
    const real = realpathSync(path);
    if (this.seen.has(real)) return true;
    this.seen.add(real);
    return false;
  }

  private guard(file: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      this.problem(file, REASONS[code] ?? `cannot be read: ${(error as Error).message}`);
    }
  }

  private problem(file: string, message: string): void {
    this.collector.problems.push({ file, message, level: 'error' });
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read: permission denied',
  ELOOP: 'leads through symbolic links in a circle',
};

function readFile(file: string, maxBytes: number): Buffer | undefined {
  const { size } = statSync(file);
  if (size > maxBytes) return undefined;
  if (size > 0) return readFileSync(file);
  // A pipe, or a file of /proc, tells no size.
  const descriptor = openSync(file, 'r');
  try {
    return readAll(descriptor, maxBytes);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads to the end; undefined when there is more than that. */
function readAll(descriptor: number, maxBytes: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 16);
    const length = readSome(descriptor, chunk);
    if (length === 0) return Buffer.concat(chunks, size);
    size += length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk.subarray(0, length));
  }
}

function readSome(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0; // the end of a pipe on Windows
      if (code !== 'EAGAIN') throw error;
      // stdin may be a pipe that does not block: wait for its writer
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Decodes as kubectl does: by the byte order mark, else as UTF-8. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

function hasUtf16Mark(bytes: Buffer): boolean {
  return (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe);
}
