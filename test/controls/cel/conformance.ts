import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CelError, CelSyntaxError, compile } from '../../../controls/cel';
import { typed } from './typed';

/** An expression and Kubernetes' own answer to it; see test/e2e/cel.test.ts, which asks again. */
export interface Case {
  readonly expr: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Its value with types, as `typed` writes it. */
  readonly value?: unknown;
  /** Whether it does not compile, or has no value. */
  readonly refused?: true;
}

const folder = join(__dirname, 'conformance');

/** The cases by the library they are about. */
export function conformanceCases(): [library: string, cases: Case[]][] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
      return [file.replace('.jsonl', ''), lines.map((line) => JSON.parse(line) as Case)];
    });
}

/** What casemate makes of an expression; anything but an error that is meant to be one is thrown. */
export function answer({ expr, vars = {} }: Case): Pick<Case, 'value' | 'refused'> {
  try {
    return { value: typed(compile(expr, { variables: Object.keys(vars) })(vars)) };
  } catch (error) {
    if (error instanceof CelError || error instanceof CelSyntaxError) return { refused: true };
    throw error;
  }
}

/** The cases in which casemate's answer is another, each with both. */
export function disagreements(cases: readonly Case[]): unknown[] {
  return cases.flatMap((wanted) => {
    const found = answer(wanted);
    const { expr, vars, ...expected } = wanted;
    return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ expr, vars, expected, found }];
  });
}
