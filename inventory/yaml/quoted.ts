const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const CODE_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const BREAKS: ReadonlySet<string> = new Set(['\n', '\u2028', '\u2029']);
const STOPS: ReadonlySet<string> = new Set([' ', '\t', '\\', "'", ...BREAKS]);
const HEX = /^[0-9a-fA-F]+$/;

/**
 * The meaning of what stands between single or double quotes: escapes resolved and lines folded as go-yaml v2 does it
 * (blanks around a break go; one break is a space, more are one newline less).
 *
 * @returns undefined when there is an escape that go-yaml refuses
 */
export function unquote(raw: string, isDouble: boolean): string | undefined {
  let text = '';
  let at = 0;
  while (at < raw.length) {
    const from = at;
    let c = raw[at];
    while (c !== undefined && !STOPS.has(c)) c = raw[++at];
    text += raw.slice(from, at);
    if (at >= raw.length) break;
    if (c === "'") {
      text += c;
      at += isDouble ? 1 : 2;
    } else if (c === '\\' && !isDouble) {
      text += c;
      at++;
    } else if (c === '\\' && !BREAKS.has(raw[at + 1] ?? '')) {
      const letter = raw[at + 1] ?? '';
      const length = CODE_LENGTHS[letter];
      if (length === undefined) {
        const character = ESCAPES[letter];
        if (character === undefined) return undefined;
        text += character;
        at += 2;
      } else {
        const digits = raw.slice(at + 2, at + 2 + length);
        const point = Number.parseInt(digits, 16);
        if (digits.length < length || !HEX.test(digits) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
          return undefined;
        }
        text += String.fromCodePoint(point);
        at += 2 + length;
      }
    } else {
      // Blanks, or breaks with blanks around them.
      const isEscaped = c === '\\';
      const blanks = isEscaped ? ++at : at;
      let breaks = '';
      for (c = raw[at]; c === ' ' || c === '\t' || BREAKS.has(c ?? ''); c = raw[++at]) {
        if (c !== ' ' && c !== '\t') breaks += c;
      }
      if (breaks === '') text += raw.slice(blanks, at);
      else if (isEscaped) text += breaks.slice(1);
      else if (breaks === '\n') text += ' ';
      else text += breaks.startsWith('\n') ? breaks.slice(1) : breaks;
    }
  }
  return text;
}
