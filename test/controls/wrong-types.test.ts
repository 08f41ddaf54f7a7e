import { catalogue, compileControl, evaluate, latestKubernetes, subjectOf } from '../../controls';
import { type Json, type JsonObject, podLocation } from '../../inventory';
import { workloads } from '../support/workloads';

/*
 * The API server refuses a field of the wrong type before any policy sees it. In a file it stands there, and a gate that
 * took it for absent would call the pod good.
 */

/** The fields of pods and containers that assertions are about. */
const fields = catalogue().flatMap((control) => {
  const compiled = control.about === 'pods' ? compileControl(control, latestKubernetes) : undefined;
  return (compiled?.clauses ?? [])
    .filter(({ clause }) => clause.each.as === 'pod' || clause.each.as === 'container')
    .map(({ clause, field }) => ({ compiled, id: control.id, place: clause.each.as, steps: field.map(String) }));
});

const inTheWay = fields.flatMap((field) =>
  field.steps.slice(0, -1).map((_, index) => ({ ...field, steps: field.steps.slice(0, index + 1) })),
);

// Whether a probe is one that works is for the API server to judge.
const ends = fields.filter(({ steps }) => steps.length > 0 && !/^(liveness|readiness)Probe$/.test(steps.join('.')));

const named = (list: typeof fields) =>
  [...new Map(list.map((field) => [`${field.id}: ${field.place}.${field.steps.join('.')}`, field])).entries()] as const;

test.each(named(inTheWay))('%s does not hold where that is a text', (_, field) => {
  expect(verdictsWith(field, 'none')).not.toEqual([]);
});

test.each(named(ends))('%s does not hold where that is an object of another shape', (_, field) => {
  expect(verdictsWith(field, { ALL: 'none' })).not.toEqual([]);
});

function verdictsWith({ compiled, place, steps }: (typeof fields)[number], value: Json): string[] {
  const nested = steps.reduceRight<Json>((inner, step) => ({ [step]: inner }), value) as JsonObject;
  const isPod = place === 'pod';
  const spec = { ...(isPod && nested), containers: [{ name: 'app', image: 'app', ...(!isPod && nested) }] };
  const pod = workloads.Pod({ spec });
  return compiled === undefined
    ? []
    : evaluate(compiled, subjectOf(pod, podLocation('v1', 'Pod', pod))).map(({ verdict }) => verdict);
}
