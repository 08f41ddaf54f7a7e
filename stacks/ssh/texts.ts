/** Options of SSH that contradict one another, or a text that would not mean what it says. */
export class SshError extends Error {
  public override readonly name = 'SshError';
}

/** Names of hosts, as in the firewall's groups. */
export const hostNamePattern = /^(?![\d.]+$)[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The text, when it is one line of the expected form: files of SSH have no escapes. */
export function oneLine(text: string, field: string, form: RegExp): string {
  if (typeof text !== 'string' || !form.test(text) || /[\r\n]/.test(text))
    throw new SshError(
      `${field} is ${JSON.stringify(text)?.slice(0, 80)}; expected one line that matches ${form.source}`,
    );
  return text;
}

/** A public key as in a `.pub` file, without its comment. A private one is refused without being shown. */
export function publicKey(text: string, field: string): string {
  const [, key] =
    /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]{1,60} [A-Za-z0-9+/]{16,4096}={0,2})(?: [^\r\n]{0,512})?\s*$/.exec(text) ?? [];
  if (key === undefined || /-cert-v01@/.test(key))
    throw new SshError(
      `${field} is not a public key; expected the text of a .pub file, "ssh-ed25519 AAAA…" (a private key stays where it is)`,
    );
  return key;
}

/** For a POSIX shell. A leading `~/` stays the home of whoever runs it. */
export function quote(text: string): string {
  if (/^(~\/)?[\w@%+=:,./-]+$/.test(text)) return text;
  return text.startsWith('~/') ? `~/${quote(text.slice(2))}` : `'${text.replaceAll("'", `'\\''`)}'`;
}
