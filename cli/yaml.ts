import type { Json, JsonObject } from '../inventory';

/** Texts that need no quotes for any reader: words, versions, resource names. */
const WORD = /^[A-Za-z_][\w./-]*$/;

/** Words that YAML 1.1 takes for something else (https://yaml.org/type/bool.html, https://yaml.org/type/null.html). */
const RESERVED = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

/** What readers refuse or change: control characters, odd line breaks, code points that are no characters. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Writes a document for each manifest, such that readers of YAML 1.1, as kubectl is one, and of 1.2 understand it alike.
 * (`yaml` leaves `0o7` and `<<` without quotes, and U+0085 without an escape: go-yaml then reads something else.)
 */
export function* yamlOf(manifests: Iterable<JsonObject>): Iterable<string> {
  for (const manifest of manifests) yield `---\n${isLeaf(manifest) ? '{}\n' : collection(manifest, '')}`;
}

function collection(value: Json, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return value
      .map((item: Json) =>
        isLeaf(item)
          ? `${indent}- ${leaf(item, deeper)}\n`
          : `${indent}- ${collection(item, deeper).slice(deeper.length)}`,
      )
      .join('');
  }
  return Object.entries(value as JsonObject)
    .map(([key, item]) => {
      const content = isLeaf(item) ? ` ${leaf(item, deeper)}\n` : `\n${collection(item, deeper)}`;
      return `${indent}${line(key)}:${content}`;
    })
    .join('');
}

function isLeaf(value: Json): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

function leaf(value: Json, indent: string): string {
  if (typeof value === 'string') return block(value, indent) ?? line(value);
  return JSON.stringify(value);
}

/** A text in one line. */
function line(text: string): string {
  if (WORD.test(text) && !RESERVED.test(text)) return text;
  if (text.search(UNSAFE) === -1 && !text.includes("'")) return `'${text}'`;
  return JSON.stringify(text).replace(UNSAFE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** A text of several lines as people write it, where that is possible. */
function block(text: string, indent: string): string | undefined {
  if (!text.includes('\n') || text.startsWith(' ')) return undefined;
  const endsLine = text.endsWith('\n');
  const lines = (endsLine ? text.slice(0, -1) : text).split('\n');
  if (lines.some((one) => one.trim() === '' || one.search(UNSAFE) !== -1)) return undefined;
  return `${endsLine ? '|' : '|-'}\n${lines.map((one) => `${indent}${one}`).join('\n')}`;
}
