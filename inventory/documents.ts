import type { Json } from './object';
import { parseFast } from './yaml/fast';
import { parseFull } from './yaml/full';
import { parseJson, skipJsonSpace } from './yaml/json';
import { type Duplicate, LimitProblem, type Marks, type Parsed, SyntaxProblem } from './yaml/parsed';

/** A part of a text that holds one document. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly isJson: boolean;
}

/** A document that could be read, or why it could not. */
export type ReadDocument = Extent &
  (
    | { readonly value: Json; readonly duplicates: readonly Duplicate[]; readonly problem?: undefined }
    | { readonly problem: string; readonly offset: number }
  );

/** What the fast parser cannot take: control characters and the line breaks that only go-yaml knows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
const UNUSUAL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

/** kubectl looks this far for the brace that a JSON stream begins with. */
const PEEK = 4096;

/** Brings a text into the form that {@link readDocuments} wants: no byte order mark, no `\r\n`, `\n` at the end. */
export function normalize(text: string): string {
  const unmarked = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = unmarked.includes('\r\n') ? unmarked.replaceAll('\r\n', '\n') : unmarked;
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}

/**
 * Reads the documents of a text as kubectl splits and understands them
 * (https://github.com/kubernetes/apimachinery/blob/v0.37.1/pkg/util/yaml/decoder.go), except that it goes on after a
 * document that is broken. Empty documents are left out.
 *
 * @param text in the form that {@link normalize} gives
 */
export function* readDocuments(text: string): Generator<ReadDocument> {
  let start = 0;
  if (/^\s*\{/.test(text.slice(0, PEEK))) {
    for (let count = 0; ; count++) {
      const from = skipJsonSpace(text, start);
      if (from >= text.length) return;
      try {
        const { value, duplicates, end } = parseJson(text, from);
        yield { start: from, end, isJson: true, value, duplicates };
        start = end;
      } catch (error) {
        if (!(error instanceof SyntaxProblem)) throw error;
        if (count > 1 || error instanceof LimitProblem) {
          yield { start: from, end: text.length, isJson: true, problem: error.message, offset: error.offset };
          return;
        }
        // What is no JSON, or no more, may still be YAML.
        const rest = yamlAfterJson(text, start);
        if (rest === undefined) {
          yield { start: from, end: text.length, isJson: true, problem: error.message, offset: error.offset };
          return;
        }
        start = rest;
        break;
      }
    }
  }
  yield* readYaml(text, start);
}

/** Where kubectl goes on with YAML after JSON: behind space on the line. It refuses a rest of less than four bytes. */
function yamlAfterJson(text: string, start: number): number | undefined {
  for (let at = start; Buffer.byteLength(text.slice(at, at + 4)) >= 4; at++) {
    const c = text.charAt(at);
    if (c === '\n') return at + 1;
    if (!/\s/.test(c)) return at;
  }
  return undefined;
}

/** Parses a document once more, to learn where its keys and elements begin. */
export function markDocument(text: string, extent: Extent, marks: Marks): Json {
  if (extent.isJson) return parseJson(text, extent.start, marks).value;
  return parseYaml(text, extent, !UNUSUAL.test(text.slice(extent.start, extent.end)), marks).value;
}

function parseYaml(text: string, { start, end }: Extent, isUsual: boolean, marks?: Marks): Parsed {
  return (isUsual ? parseFast(text, start, end, marks) : undefined) ?? parseFull(text, start, end, marks);
}

function* readYaml(text: string, begin: number): Generator<ReadDocument> {
  const isUsual = !UNUSUAL.test(text);
  for (let start = begin; start < text.length; ) {
    const separator = text.indexOf('\n---', start);
    const end = separator === -1 ? text.length : separator + 1;
    const extent = { start, end, isJson: false };
    const leading = text.startsWith('---', start) ? separatorProblem(text, start) : undefined;
    if (leading !== undefined) {
      yield { ...extent, problem: leading, offset: start };
    } else {
      const document = readOne(text, extent, isUsual || !UNUSUAL.test(text.slice(start, end)));
      if (document !== undefined) yield document;
    }
    if (separator === -1) return;
    const following = separatorProblem(text, end);
    start = text.indexOf('\n', end) + 1;
    if (following !== undefined) yield { start: end, end: start, isJson: false, problem: following, offset: end };
  }
}

function readOne(text: string, extent: Extent, isUsual: boolean): ReadDocument | undefined {
  try {
    const parsed = parseYaml(text, extent, isUsual);
    return parsed.value === null ? undefined : { ...extent, ...parsed };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { ...extent, problem: error.message, offset: error.offset };
  }
}

/** Why a line that begins with `---` separates nothing. */
function separatorProblem(text: string, start: number): string | undefined {
  const rest = text.slice(start + 3, text.indexOf('\n', start)).trim();
  if (rest === '' || rest.startsWith('#')) return undefined;
  return `after "---" only a comment may follow on the line, found ${JSON.stringify(rest.slice(0, 40))}`;
}
