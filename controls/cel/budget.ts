/**
 * What one evaluation may cost. Kubernetes stops an expression at a cost of 1,000,000, of which a step of a comprehension
 * costs at least one, an element of a new list one, and a character a tenth (apiserver/pkg/apis/cel/config.go,
 * cel-go's interpreter/runtimecost.go); this counts the same things, though not to the last unit.
 */
const limit = 1_000_000;

/** Evaluation is synchronous, so that one variable serves; outside of an evaluation there is no limit. */
let left = Infinity;

/** Not a CelError, so that no `||` absorbs it. */
export class Exhausted {
  readonly message = `evaluation costs more than ${limit.toLocaleString('en-US')} steps, which is Kubernetes' limit`;
}

/** @throws Exhausted where nothing is left */
export function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw new Exhausted();
}

/** Text costs a tenth of its length. */
export function spendText(length: number): void {
  spend(length / 10);
}

/** Begins an evaluation, which may be within another. Gives what {@link endBudget} is to be called with. */
export function beginBudget(): number {
  const outer = left;
  left = limit;
  return outer;
}

export function endBudget(outer: number): void {
  left = outer;
}
