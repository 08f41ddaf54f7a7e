import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** A value that is read when it is sealed, and that never shows in text, JSON, logs or errors. */
export class SecretValue {
  readonly #read: () => Buffer;

  /** @internal */
  public constructor(read: () => Buffer) {
    this.#read = read;
  }

  /**
   * The value itself, for a sealer.
   *
   * @throws Error that says where the value should have come from, and never what it is
   */
  public read(): Buffer {
    return this.#read();
  }

  public toString(): string {
    return '[secret]';
  }

  public toJSON(): string {
    return '[secret]';
  }

  public [inspect.custom](): string {
    return '[secret]';
  }
}

/** The value of an environment variable of the process that synthesizes. */
export function fromEnv(name: string): SecretValue {
  return new SecretValue(() => {
    const value = process.env[name];
    if (value === undefined || value === '') {
      throw new RangeError(`the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}`);
    }
    return Buffer.from(value);
  });
}

/** The bytes of a file, a line break at its end included; the path is relative to the working directory. */
export function fromFile(path: string): SecretValue {
  return new SecretValue(() => {
    let value: Buffer;
    try {
      value = readFileSync(path);
    } catch (error) {
      throw new RangeError(`the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
    if (value.length === 0) throw new RangeError(`the file ${path} is empty`);
    return value;
  });
}

/** A value that the program got elsewhere, such as from a secret store. Written into the code it is no secret. */
export function fromValue(value: string | Uint8Array): SecretValue {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
  return new SecretValue(() => {
    if (bytes.length === 0) throw new RangeError('the value is empty');
    return bytes;
  });
}
