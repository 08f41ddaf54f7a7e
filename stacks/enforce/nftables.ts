import * as pulumi from '@pulumi/pulumi';
import { type NftablesOptions as Translation, nftables as translate } from '../platforms/nftables';
import type { Enforcement, Site } from './enforcement';

/** A host and the whole text that `nft -f` is to read there. */
export interface HostRuleset {
  readonly host: string;
  /** Where the host is reached, single addresses, IPv4 first. */
  readonly addresses: readonly string[];
  /** Secret where the addresses in it are. */
  readonly ruleset: pulumi.Input<string>;
}

/** A way to bring rule sets to hosts, safely. */
export interface HostAccess {
  /** Creates the resource that keeps a host's rule set in force. */
  apply(ruleset: HostRuleset, site: Site): pulumi.Resource;
}

export interface NftablesOptions extends Translation {
  /** How hosts are reached. @default - they are not: the rule sets are outputs, for images and other tools */
  readonly ssh?: HostAccess;
}

/** The firewall of the hosts themselves: one rule set for each host that the intent names. */
export function nftables({ ssh, ...options }: NftablesOptions = {}): Enforcement {
  return {
    name: 'nftables',
    byReference: false,
    enforce(intent, site) {
      const rulesets = translate(intent, options).resources.map(({ name, inputs }) => ({
        host: name,
        addresses: inputs.addresses as readonly string[],
        ruleset: site.secret ? pulumi.secret(inputs.ruleset as string) : (inputs.ruleset as string),
      }));
      return () => {
        return {
          resources:
            ssh === undefined
              ? []
              : rulesets.filter(({ addresses }) => addresses.length > 0).map((ruleset) => ssh.apply(ruleset, site)),
          membership: {},
          rulesets: Object.fromEntries(rulesets.map(({ host, ruleset }) => [host, ruleset])),
          rollback: ['On the host, from its console: nft delete table inet casemate.'],
        };
      };
    },
  };
}
