import type { Clause } from '../../../controls/control';
import type { CompiledControl } from '../../../controls/evaluate';
import { container, type Place } from '../../../controls/places';
import { podVariables } from '../../../controls/variables';
import { failing, holdsForWhole, isWhole } from '../../../gates/admission/cel';
import type { JsonObject } from '../../../inventory';

/**
 * The assertions of a control about pods, for kind Pod alone and without dyn, so that the API server's type checker
 * holds every field that they name against the schema. It knows the three lists of containers as three types, so there is
 * one expression for each.
 */
export function typedPolicy({ control, clauses }: CompiledControl): JsonObject {
  const expressions = (container.lists ?? []).flatMap((list) =>
    clauses.map(({ clause }) => {
      const one: Clause = { ...clause, each: inList(clause.each, list) };
      return inline(isWhole(one.each) ? holdsForWhole(one) : `${failing(one)}.size() == 0`, list);
    }),
  );
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: `typed-${control.id}` },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      validations: [...new Set(expressions)].map((expression) => ({ expression })),
    },
  };
}

/** The place with `list` instead of several lists. */
function inList(place: Place, list: string): Place {
  const from = typeof place.from === 'string' ? place.from : inList(place.from, list);
  return { ...place, from, ...(place.lists && place.lists.length > 1 && { lists: [list] }) };
}

/** Without variables, which the type checker would take as they come. */
function inline(expression: string, list: string): string {
  const variables: Record<string, string> = {
    ...podVariables,
    pod: 'object.spec',
    metadata: 'object.metadata',
    containers: `object.spec.?${list}.orValue([])`,
  };
  const next = expression.replace(/\bvariables\.(\w+)/g, (whole, name: string) => {
    const value = variables[name];
    return value === undefined ? whole : value.startsWith('object.') ? value : `(${value})`;
  });
  return next === expression ? expression : inline(next, list);
}
