import { type Extent, markDocument } from './documents';
import type { Json, Path } from './object';
import type { Marks } from './yaml/parsed';

/** A place in a text; both from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Marked {
  readonly value: Json;
  readonly marks: Marks;
}

/** Documents whose positions are kept, so that many questions about one of them cost one more parse. */
const REMEMBERED = 8;

/** A text that objects came from, to find places in it. */
export class Source {
  private lines: Uint32Array | undefined;
  private readonly marked = new Map<number, Marked>();

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  position(offset: number): Position {
    this.lines ??= lineStarts(this.text);
    let low = 0;
    let high = this.lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.lines[low] ?? 0) + 1 };
  }

  /** Where the deepest part of a path begins that the document has; undefined when it has not even the first. */
  locate(extent: Extent, path: Path): Position | undefined {
    const { value, marks } = this.mark(extent);
    let offset: number | undefined;
    let current: unknown = value;
    for (const step of path) {
      const next = typeof current === 'object' && current !== null ? marks.get(current)?.get(step) : undefined;
      if (next === undefined) break;
      offset = next;
      current = (current as Record<string | number, unknown>)[step];
    }
    return offset === undefined ? undefined : this.position(offset);
  }

  private mark(extent: Extent): Marked {
    const known = this.marked.get(extent.start);
    if (known !== undefined) return known;
    const marks: Marks = new Map();
    const marked = { value: markDocument(this.text, extent, marks), marks };
    for (const oldest of this.marked.keys()) {
      if (this.marked.size < REMEMBERED) break;
      this.marked.delete(oldest);
    }
    this.marked.set(extent.start, marked);
    return marked;
  }
}

function lineStarts(text: string): Uint32Array {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1 && at + 1 < text.length; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return new Uint32Array(starts);
}
