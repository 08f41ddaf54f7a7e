import fc from 'fast-check';
import { libraries } from '../../controls/cel/functions/libraries';
import { nameOf, parseOverload } from '../../controls/cel/functions/library';
import { type Case, conformanceCases, disagreements } from '../controls/cel/conformance';
import { questions } from '../controls/cel/expressions';
import { ask } from './support/oracle';

type Answer = { readonly value: unknown } | { readonly error: string } | { readonly compileError: string };

/** Cases with the answers that Kubernetes' own CEL gives now. */
function answered(cases: readonly Case[]): Case[] {
  const answers = ask<Answer>(
    'cel',
    cases.map(({ expr, vars = {} }) => ({ expr, vars })),
  );
  return cases.map(({ expr, vars }, at) => {
    const reply = answers[at] as Answer;
    const outcome = 'value' in reply ? { value: reply.value } : { refused: true as const };
    return { expr, ...(vars && { vars }), ...outcome };
  });
}

test.each(conformanceCases())('the recorded answers of %s are those of Kubernetes', (_library, cases) => {
  expect(answered(cases)).toEqual(cases);
});

test('20,000 generated expressions over generated objects are answered as Kubernetes answers them', () => {
  const cases = answered(fc.sample(questions, { numRuns: 20_000, seed: 20_261_121 }));
  expect(disagreements(cases)).toEqual([]);
  // Most of what is generated is nonsense, which both refuse; enough of it must not be.
  expect(cases.filter((one) => !one.refused).length).toBeGreaterThan(4000);
});

test('the functions and their signatures are those of Kubernetes', () => {
  const [answer] = ask<{ functions: string[] }>('cel', [{ functions: true }]);
  const ours = libraries
    .flatMap((library) => Object.entries(library))
    .filter(([signature]) => isFunction(nameOf(signature)))
    .map(([signature, run]) => {
      const { member, parameters, result } = parseOverload(signature, run);
      const types = parameters.map(({ text }) => text);
      const call = member ? `<${types.shift()}>.${nameOf(signature)}` : nameOf(signature);
      return `${call}(${types.join(', ')}): ${result.text}`;
    });
  const theirs = (answer?.functions ?? []).filter((signature) => isFunction(nameOf(signature)));
  expect(ours.map(numberParameters).sort()).toEqual(theirs.map(numberParameters).sort());
});

/** Not an operator, nor something that only macros use. */
function isFunction(name: string): boolean {
  return /^[a-z][\w.]*$/i.test(name) && !['neg', 'in'].includes(name);
}

/** Type parameters are named in the order they come in, `<A>` for cel-go. */
function numberParameters(signature: string): string {
  const seen: string[] = [];
  return signature.replace(/<([A-Z])>|\b([A-Z])\b/g, (_, theirs?: string, ours?: string) => {
    const name = theirs ?? ours ?? '';
    if (!seen.includes(name)) seen.push(name);
    return `$${seen.indexOf(name)}`;
  });
}
