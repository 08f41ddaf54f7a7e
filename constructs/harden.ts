import type { IConstruct } from 'constructs';
import { markHardened } from './hardening';
import { joinSynthesis } from './synthesis';

/**
 * Hardens everything composed at or below `scope`, before or after the call: plain cdk8s-plus constructs, API objects,
 * `Include` and `Helm`. The controls' fixes are applied at synthesis, except those that `exempt` spares, so that later
 * changes and patches are covered too.
 *
 * A setting that a control does not allow is replaced. Casemate's own constructs are different: they fill in what nobody
 * decided, and a weaker setting made on one of them is kept, for the gates to report.
 */
export function harden(scope: IConstruct): void {
  markHardened(scope, 'replaced');
  joinSynthesis(scope);
}

/** Fills in at synthesis what nobody decided about the objects that `construct` creates. */
export function hardenUnstated(construct: IConstruct): void {
  markHardened(construct, 'kept');
  joinSynthesis(construct);
}
