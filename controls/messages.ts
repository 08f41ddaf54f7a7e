import type { Clause, Control } from './control';
import type { Outcome } from './evaluate';
import type { Place } from './places';

/** What is wrong, in manifest spelling: `container "cart": securityContext.privileged must be false, found true`. */
export function describeOutcome(control: Control, outcome: Outcome, found: unknown): string {
  const { clause } = outcome.clause;
  if (outcome.malformed) return `${control.title}: could not be evaluated (${outcome.error})`;
  const statement = nameElement(clause.each, outcome.label) + describeDemand(clause);
  if (outcome.verdict === 'fails') return `${statement}, found ${show(found)}`;
  return outcome.verdict === 'unknown'
    ? `${control.title}: not known yet (${outcome.error})`
    : `${control.title}: could not be evaluated (${outcome.error}); ${statement}`;
}

/** What a clause demands of an element: `securityContext.privileged must be false`. */
export function describeDemand({ field, must }: Clause): string {
  return field === '' ? `must ${must}` : `${field} must ${must}`;
}

/** What to do: the fix as a manifest would spell it, or the demand where only a person can decide. */
export function describeFix(outcome: Outcome, path: string): string {
  const { fix, must } = outcome.clause.clause;
  if (outcome.malformed) return `correct ${path}`;
  if (outcome.verdict === 'error') return `correct ${path}, or what it is in`;
  if (fix === undefined) return `${path} must ${must}`;
  const field = outcome.clause.clause.field;
  const base = field !== '' && path.endsWith(field) ? path.slice(0, -field.length) : `${path}.`;
  return fix
    .map((step) => {
      if ('set' in step) return `set ${base}${step.set}: ${JSON.stringify(step.to)}`;
      if ('remove' in step) return `remove ${base}${step.remove}`;
      return `keep only what is allowed in ${base}${step.filter}`;
    })
    .join('; ');
}

function nameElement(place: Place, label: string | undefined): string {
  return label === undefined ? '' : `${place.as} "${label}": `;
}

/** A found value, short enough for one line. */
function show(found: unknown): string {
  if (found === undefined) return 'nothing';
  const text = JSON.stringify(found);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
