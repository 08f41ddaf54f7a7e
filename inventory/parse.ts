import { normalize, readDocuments } from './documents';
import type { Json, Path } from './object';
import { type Position, Source } from './source';

/** What a text that is no manifest says, such as a configuration file, and where it says it. */
export interface ParsedText {
  /** null where the text is empty. */
  readonly value: Json;
  /** Where the deepest part of a path stands that there is. */
  locate(path: Path): Position;
}

/**
 * Reads a text of one document.
 *
 * @throws RangeError that names file, line and column, where the text is broken, repeats a key or goes on after the document
 */
export function parseText(text: string, file: string): ParsedText {
  const source = new Source(file, normalize(text));
  const fail = (offset: number, message: string): never => {
    const { line, column } = source.position(offset);
    throw new RangeError(`${file}:${line}:${column}: ${message}`);
  };
  const [document, second] = readDocuments(source.text);
  if (document === undefined) return { value: null, locate: () => ({ line: 1, column: 1 }) };
  if (document.problem !== undefined) return fail(document.offset, document.problem);
  if (second !== undefined) return fail(second.start, 'found a second document, expected only one');
  const [duplicate] = document.duplicates;
  if (duplicate !== undefined) return fail(duplicate.offset, `the key ${JSON.stringify(duplicate.key)} comes twice`);
  return {
    value: document.value,
    locate: (path) => source.locate(document, path) ?? source.position(document.start),
  };
}
