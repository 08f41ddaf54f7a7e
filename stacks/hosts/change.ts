import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError, HostError, runOnHost, type SshAccess, type Target } from './connection';
import { type Action, divider, noTrial, remoteScript } from './remote';
import { inTurn } from './turns';

/** How long a host may take for one action, besides the time that a trial lasts. */
const patience = 30;

/**
 * Puts a rule set in force on a host, and keeps it there over restarts. The host undoes it by itself unless it is proven,
 * through a new connection from here, that we still get in.
 *
 * @throws HostError where the host refuses the rules, or they would lock us out; the rules of before are then in force
 */
export async function applyRuleset(access: SshAccess, target: Target, ruleset: string): Promise<void> {
  await inTurn(() => change(access, target, ruleset, 'confirm'));
}

/** Puts back what was there before the first `applyRuleset`, proven in the same way, and leaves nothing of ours behind. */
export async function restoreHost(access: SshAccess, target: Target): Promise<void> {
  await inTurn(async () => {
    const before = await runOnHost(access, target, remoteScript(''), ['before', 'none', '0'], patience);
    await change(access, target, before, 'forget');
  });
}

export interface HostState {
  /** Whether exactly this rule set is in force, and will be after a restart. */
  readonly asApplied: boolean;
  /** Otherwise what is in force, as `nft` lists it. */
  readonly found: string;
}

/** Compares a host with the rule set it ought to have. Counters do not matter. */
export async function readHost(access: SshAccess, target: Target, ruleset: string): Promise<HostState> {
  const output = await inTurn(() => runOnHost(access, target, remoteScript(ruleset), ['read', 'none', '0'], patience));
  const [found = '', expected, file] = output.split(`${divider}\n`);
  if (expected === undefined || file === undefined)
    throw new HostError(`${target.host}: gave an answer that cannot be read`);
  const kept = file.trim() === 'same';
  const note = kept ? '' : '# The file that is loaded at boot is another one.\n';
  return {
    asApplied: kept && found === expected,
    found: found === '' ? '# There is no table of casemate.\n' : note + found,
  };
}

async function change(
  access: SshAccess,
  target: Target,
  ruleset: string,
  end: Action & ('confirm' | 'forget'),
): Promise<void> {
  const { trialSeconds = 60 } = access;
  if (!Number.isInteger(trialSeconds) || trialSeconds < 5 || trialSeconds > 3600)
    throw new HostError(`trialSeconds is ${trialSeconds}; expected 5 to 3600`);
  const script = remoteScript(ruleset);
  // A host that nobody gets into now says nothing about new rules.
  await again(() => runOnHost(access, target, script, ['before', 'none', '0'], patience).then(nothing, itself));
  await again(() => attempt(access, target, script, end, trialSeconds));
}

/** A bastion turns away strangers by chance when many come at once, so a connection is worth a second one. */
async function again(run: () => Promise<Error | undefined>): Promise<void> {
  for (let count = 1; ; count++) {
    const error = await run();
    if (error === undefined) return;
    if (count === 3 || error instanceof ClientError || saidByHost(error)) throw error;
    await sleep(1000 * count);
  }
}

/** @returns the error where the change did not reach the host, so that it may be sent again */
async function attempt(
  access: SshAccess,
  target: Target,
  script: string,
  end: Action,
  trialSeconds: number,
): Promise<Error | undefined> {
  const trial = randomBytes(8).toString('hex');
  const run = (action: Action, seconds: number) =>
    runOnHost(access, target, script, [action, trial, `${trialSeconds}`], seconds);

  const deadline = Date.now() + trialSeconds * 1000;
  const tried = await run('try', trialSeconds).then(nothing, itself);
  // What the host itself says is final. Where the connection broke, the rules may hold: then a new one decides.
  if (tried !== undefined && saidByHost(tried)) throw tried;

  let failure: Error | undefined;
  do {
    failure = await run(end, Math.max(1, (deadline - Date.now()) / 1000)).then(nothing, itself);
    if (failure === undefined) return undefined;
    if (tried !== undefined && failure.message.endsWith(noTrial)) return tried;
    if (saidByHost(failure)) break;
    await sleep(500);
  } while (Date.now() < deadline);

  await sleep(Math.max(0, deadline - Date.now()) + 2000);
  const back = await runOnHost(access, target, script, ['before', trial, '0'], patience).then(
    () => 'It has undone them, and lets us in again.',
    (error: Error) => `It ought to have undone them by now, but does not let us in: ${error.message}`,
  );
  throw new HostError(
    `${target.host}: with the new rules nobody got in through a new connection within ${trialSeconds} s (${failure.message}). ${back}`,
  );
}

const nothing = () => undefined;
const itself = (error: Error) => error;

function saidByHost({ message }: Error): boolean {
  return message.includes('casemate: ');
}
