import * as pulumi from '@pulumi/pulumi';
import type { Site } from '../enforce/enforcement';
import type { HostAccess, HostRuleset } from '../enforce/nftables';
import type { Inputs } from '../inputs';
import type { SshAccess } from './connection';

/**
 * Brings rule sets to hosts by SSH, from the machine that runs Pulumi, with its own `ssh`. A host undoes new rules by
 * itself unless a new connection through the bastion proves that we still get in. A refresh shows what was changed by
 * hand, and `pulumi destroy` puts back what was there.
 *
 * @example
 * nftables({ ssh: ssh({ user: 'ops', bastion: { name: 'bastion', address: '203.0.113.5', user: 'jump' }, knownHosts }) })
 */
export function ssh(access: Inputs<SshAccess>): HostAccess {
  return {
    apply: (ruleset, site) => new HostFirewall(ruleset, access, site),
  };
}

/**
 * A dynamic resource, but for how its provider is written into the state. `pulumi.dynamic.Resource` takes the provider's
 * code apart with TypeScript's compiler API, which TypeScript 7 does not have; and there is nothing to capture here.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
 */
const provider = "exports.handler = () => require('casemate/stacks').hostRuleset;\n";

class HostFirewall extends pulumi.CustomResource {
  public constructor({ host, addresses, ruleset }: HostRuleset, access: Inputs<SshAccess>, site: Site) {
    const hidden = <T>(value: T) => (site.secret ? pulumi.secret(value) : value);
    super(
      'pulumi-nodejs:dynamic/casemate:HostFirewall',
      `${site.name}-${host}`,
      { __provider: provider, host, address: hidden(addresses[0]), ruleset, access },
      { parent: site.component, ...(site.secret && { additionalSecretOutputs: ['ruleset', 'address', 'drift'] }) },
    );
  }
}
