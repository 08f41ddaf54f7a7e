import type { IConstruct } from 'constructs';
import { checkExemption, controlById, isExpired, today } from '../controls';
import { type Grant, grant, grantsOf } from './exemptions';
import { joinSynthesis } from './synthesis';

export interface ExemptOptions {
  /** Why, for whoever reads the report. */
  readonly reason: string;
  /** The last day the exemption is honoured (UTC), as `YYYY-MM-DD`. */
  readonly until: string;
}

/**
 * Lets a control not count for the objects that `construct` creates: it is not applied to them at synthesis, and the
 * gates list what they find together with the reason. A construct that others are composed in, such as a namespace,
 * stands for all of them.
 *
 * @throws RangeError that names the construct and the field: for a control that does not exist, an empty reason, and a
 * day that is none or has passed
 */
export function exempt(construct: IConstruct, control: string, options: ExemptOptions): void {
  const { path } = construct.node;
  const where = `exemption of ${path === '' ? 'the app' : path}`;
  const { reason, until } = checkGrant(control, options, where, (id) => controlById(id) !== undefined);
  if (grantsOf(construct).some((granted) => granted.control === control)) {
    throw new RangeError(`${where}: ${control} is exempted already; keep one reason and one day`);
  }
  grant(construct, { control, reason, until });
  joinSynthesis(construct);
}

/**
 * Checks a reason and its last day.
 *
 * @throws RangeError that names the place and the field
 */
export function checkReason(options: ExemptOptions, where: string): void {
  checkGrant('any', options, where, () => true);
}

function checkGrant(
  control: string,
  { reason, until }: ExemptOptions,
  where: string,
  isControl: (id: string) => boolean,
): Grant {
  const object = { kind: 'any', name: 'any' };
  const exemption = checkExemption({ control, object, reason, until }, where, isControl);
  if (isExpired(exemption, today())) {
    throw new RangeError(`${where}: until is "${until}", expected today (${today()}) or a later day`);
  }
  return exemption;
}
