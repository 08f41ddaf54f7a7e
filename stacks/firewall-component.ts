import * as pulumi from '@pulumi/pulumi';
import type { Enforced, Enforcement, Site } from './enforce';
import { type CheckedIntent, check, firewallPicture, type Intent, IntentError } from './firewall';
import type { Inputs } from './inputs';
import { EnforcerError } from './platforms/plan';

/** What every firewall takes besides its intent. */
export interface FirewallProps {
  /** Where packets are stopped: `aws({ … })`, `hcloud()`, `nftables({ … })` or another; several hold together. */
  readonly enforce: Enforcement | readonly Enforcement[];
}

/**
 * An intent in force: checked when all of it is known, then enforced. A refused intent fails the preview and the update
 * before any of its resources is created or changed.
 */
export abstract class Firewall extends pulumi.ComponentResource {
  /** Groups and flows, each with its reason. */
  public readonly intent: pulumi.Output<Intent>;

  /** The intent as an SVG, for the wiki or a review. */
  public readonly picture: pulumi.Output<string>;

  /**
   * What a host of each group must carry for the rules to hold, by group: ids of security groups (AWS, OpenStack), of
   * application security groups (Azure; `firewall` is the network security group, for the subnet), a network tag (Google),
   * a label (Hetzner, Cilium, Calico). A host with several roles carries several.
   */
  public readonly membership: pulumi.Output<Record<string, string>>;

  /** Texts for `nft -f`, by host, where hosts enforce. */
  public readonly rulesets: pulumi.Output<Record<string, string>>;

  /** How to get back in when a rule was wrong, in order. */
  public readonly rollback: pulumi.Output<readonly string[]>;

  protected constructor(
    private readonly kind: string,
    name: string,
    props: Inputs<object>,
    enforce: FirewallProps['enforce'],
    intentOf: (known: never) => Intent,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super(`casemate:stacks:${kind}`, name, {}, options);
    const enforcements = [enforce].flat();
    const known = pulumi.output(props);
    const applied = known.apply(async (values) => {
      const secret = await pulumi.isSecret(known);
      const site = { component: this, name, secret };
      const intent = intentOf(values as never);
      const checked = this.checked(intent, site, enforcements);
      const prepared = enforcements.map((enforcement) => this.prepared(checked, site, enforcement));
      const enforced = prepared.map((create) => create());
      return {
        intent,
        picture: firewallPicture(checked),
        membership: Object.assign({}, ...enforced.map(({ membership }) => membership)) as Record<string, string>,
        rulesets: Object.assign({}, ...enforced.map(({ rulesets }) => rulesets)) as Record<string, string>,
        rollback: enforced.flatMap(({ rollback }) => rollback),
      };
    });
    this.intent = applied.intent;
    this.picture = applied.picture;
    this.membership = applied.membership;
    this.rulesets = applied.rulesets;
    this.rollback = applied.rollback;
    this.registerOutputs({
      intent: this.intent,
      picture: this.picture,
      membership: this.membership,
      rulesets: this.rulesets,
      rollback: this.rollback,
    });
    if (pulumi.runtime.isDryRun()) void this.sayWhatIsUnknown(props);
  }

  private checked(intent: Intent, site: Site, enforcements: readonly Enforcement[]): CheckedIntent {
    try {
      return check(intent, { byReference: enforcements.every(({ byReference }) => byReference) });
    } catch (error) {
      if (!(error instanceof IntentError)) throw error;
      const problems = error.problems.map(({ code, where, message }) =>
        // What is secret may be quoted in the message; where it is, is enough to find it.
        site.secret ? `${where}: ${code} (details are withheld, because addresses are secret)` : `${where}: ${message}`,
      );
      throw this.refused(site, problems);
    }
  }

  private prepared(intent: CheckedIntent, site: Site, enforcement: Enforcement): () => Enforced {
    try {
      return enforcement.enforce(intent, site);
    } catch (error) {
      if (!(error instanceof EnforcerError)) throw error;
      throw this.refused(site, [
        `${enforcement.name}: ${site.secret ? 'it cannot express the intent (details are withheld, because addresses are secret)' : error.message}`,
      ]);
    }
  }

  private refused({ name }: Site, problems: readonly string[]): Error {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    const refused = `${this.kind} "${name}" is refused, and nothing of it is applied`;
    // Fails the run whatever becomes of the error: a program that uses none of the outputs need not see it.
    void pulumi.log.error(`${refused}:\n${list}`, this);
    return new pulumi.RunError(`${refused}; see its diagnostics`);
  }

  private async sayWhatIsUnknown(props: Inputs<object>): Promise<void> {
    const unknown: string[] = [];
    for (const [key, value] of Object.entries(props)) {
      // The SDK keeps this off its types; a callback of `apply` would not run at all.
      const { isKnown } = pulumi.output(value) as unknown as { readonly isKnown: Promise<boolean> };
      if (!(await isKnown)) unknown.push(key);
    }
    if (unknown.length === 0) return;
    await pulumi.log.warn(
      `${unknown.join(', ')} will be known only during the update. This preview shows no rules of this ${this.kind}, and ` +
        'those in force as if they were deleted. They are checked when everything is known: a refused intent then fails ' +
        'the update before any rule is created, changed or deleted.',
      this,
    );
  }
}
