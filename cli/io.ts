/** Where a command's words go. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** What a command has of the outside, so that tests can stand in for it. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** 0: nothing at or above the threshold; 1: findings; 2: the call or the input was wrong. */
export type Status = 0 | 1 | 2;

/** A call that cannot be carried out as it is written. Nothing has been done. */
export class WrongCall extends Error {}

/**
 * Runs what reads an option or a file, and makes a wrong call of what it refuses.
 *
 * @throws WrongCall with the same message
 */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new WrongCall(error.message);
    throw error;
  }
}

/** Colour is for terminals, and for those who want it: https://no-color.org */
export function wantsColor({ stdout, env }: Io): boolean {
  return stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
