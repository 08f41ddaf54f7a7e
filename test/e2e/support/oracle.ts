import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildGo } from './go';

const oracle = () => buildGo(join(__dirname, '..', 'oracle'), { name: 'oracle' });

/** Asks Kubernetes' own code (test/e2e/oracle) all questions at once; answers come in their order. */
export function ask<Answer>(subject: 'cel' | 'psa' | 'yaml', questions: readonly unknown[]): Answer[] {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const run = spawnSync(oracle(), [subject], { input, maxBuffer: 2 ** 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the ${subject} oracle stopped with ${run.status}: ${run.stderr}`);
  const answers = run.stdout.split('\n').filter(Boolean);
  if (answers.length !== questions.length) {
    throw new Error(`the ${subject} oracle answered ${answers.length} of ${questions.length} questions`);
  }
  return answers.map((line) => JSON.parse(line) as Answer);
}
