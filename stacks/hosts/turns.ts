/** A bastion turns away more strangers at once than this: sshd's MaxStartups and PerSourceMaxStartups. */
const places = 6;

let taken = 0;
const waiting: (() => void)[] = [];

/** Runs a few at a time. Each waits before it begins: a trial must not wait for its proof. */
export async function inTurn<T>(run: () => Promise<T>): Promise<T> {
  if (taken === places) await new Promise<void>((resolve) => waiting.push(resolve));
  else taken++;
  try {
    return await run();
  } finally {
    const next = waiting.shift();
    if (next === undefined) taken--;
    else next();
  }
}
