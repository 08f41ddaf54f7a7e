import type * as pulumi from '@pulumi/pulumi';
import type { CheckedIntent } from '../firewall';

/** Where packets are stopped, and how an intent gets there. Made by `aws()`, `hcloud()`, `nftables()` and the like. */
export interface Enforcement {
  /** As in the program: `aws`. */
  readonly name: string;
  /** Whether groups of hosts may be without addresses, because the platform knows members by reference. */
  readonly byReference: boolean;
  /**
   * Translates the intent into the platform's terms.
   *
   * @returns what creates the resources: none is created before all enforcements of a component have translated it
   * @throws EnforcerError where the platform cannot express the intent
   */
  enforce(intent: CheckedIntent, site: Site): () => Enforced;
}

/** The component that an intent is enforced for. */
export interface Site {
  /** Parent of the resources; its name begins theirs. */
  readonly component: pulumi.ComponentResource;
  readonly name: string;
  /** Whether addresses came from secrets: no state, name or message then shows one in clear. */
  readonly secret: boolean;
}

export interface Enforced {
  readonly resources: readonly pulumi.Resource[];
  /** What a host of each group must carry for its rules to hold, by group. @see Firewall.membership */
  readonly membership: Readonly<Record<string, pulumi.Input<string>>>;
  /** Rule sets of hosts, by host, where hosts enforce. @default - none */
  readonly rulesets?: Readonly<Record<string, pulumi.Input<string>>>;
  /** How to get back in when a rule was wrong, in order. */
  readonly rollback: readonly string[];
}
