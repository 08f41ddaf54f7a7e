/** An expression that cannot be compiled: the message has line, column, and the line of source with a caret under it. */
export class CelSyntaxError extends Error {
  override readonly name = 'CelSyntaxError';
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;

  constructor(reason: string, source: string, at: number) {
    const before = source.slice(0, at);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = at - lineStart + 1;
    super(`${reason} (line ${line}, column ${column})\n${excerpt(source, lineStart, at)}`);
    this.line = line;
    this.column = column;
  }
}

/** The faulty line, cut to what fits on a terminal, and a caret below the fault. */
function excerpt(source: string, lineStart: number, at: number): string {
  const lineEnd = source.indexOf('\n', at);
  const from = Math.max(lineStart, at - 80);
  const shown = source.slice(from, Math.min(lineEnd < 0 ? source.length : lineEnd, at + 40)).replaceAll('\t', ' ');
  return `  | ${from > lineStart ? '…' : ''}${shown}\n  | ${' '.repeat(at - from + (from > lineStart ? 1 : 0))}^`;
}

/** An expression that has no value for these variables, as in cel-go: a missing key, an operand of the wrong type, … */
export class CelError extends Error {
  override readonly name = 'CelError';
  /** Whether the cause is a value that is not known yet, see {@link UNKNOWN}. */
  readonly unknown: boolean;

  constructor(message: string, unknown = false) {
    // `&&`, `||`, all() and exists() absorb errors as a matter of course; collecting stacks would be most of their cost.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.unknown = unknown;
  }
}

/** A value that is not known yet, such as an output of a resource that is still to be created. */
export const UNKNOWN: unique symbol = Symbol('unknown');

export function unknown(): CelError {
  return new CelError('the value is not known yet', true);
}
