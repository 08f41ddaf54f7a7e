/** The CRUD of one host's rule set: what the dynamic provider calls. */

import { applyRuleset, readHost, restoreHost } from './change';
import type { SshAccess } from './connection';

/** State of the resource; it has no secret but, where addresses are secret, the rules and addresses themselves. */
export interface HostRulesetState {
  readonly host: string;
  readonly address: string;
  readonly ruleset: string;
  readonly access: SshAccess;
  /** What a refresh found in its place, as `nft` lists it. */
  readonly drift?: string;
}

/** The dynamic provider. A program has no use for it: `ssh()` makes the resources. */
export const hostRuleset = {
  async create(inputs: HostRulesetState): Promise<{ id: string; outs: HostRulesetState }> {
    await applyRuleset(inputs.access, inputs, inputs.ruleset);
    return { id: inputs.host, outs: inputs };
  },

  async diff(_id: string, before: HostRulesetState, after: HostRulesetState) {
    const differs = (key: keyof HostRulesetState) => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
    return {
      changes: (['address', 'ruleset', 'access', 'drift'] as const).some(differs),
      replaces: differs('host') ? ['host'] : [],
      deleteBeforeReplace: false,
    };
  },

  /** Another way to a host is no reason to touch its rules. */
  async update(_id: string, before: HostRulesetState, after: HostRulesetState): Promise<{ outs: HostRulesetState }> {
    const due = before.ruleset !== after.ruleset || before.address !== after.address || before.drift !== undefined;
    if (due) await applyRuleset(after.access, after, after.ruleset);
    return { outs: after };
  },

  async read(id: string, state: HostRulesetState): Promise<{ id: string; props: HostRulesetState }> {
    const { drift: _, ...applied } = state;
    const { asApplied, found } = await readHost(state.access, state, state.ruleset);
    return { id, props: asApplied ? applied : { ...applied, drift: found } };
  },

  async delete(_id: string, state: HostRulesetState): Promise<void> {
    await restoreHost(state.access, state);
  },
};
