/** Characters that steer a terminal, or the direction of text, instead of showing (Unicode TR 36, section 3.4). */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text from a manifest, safe to show in one line: what would steer the terminal is spelled out. */
export function plain(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON in one line, in which nothing steers a terminal. The value is the same. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(STEERING, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The word for one, or for several: `1 object`, `2 objects`. */
export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
