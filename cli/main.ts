#!/usr/bin/env node
import { run } from './run';

// Whoever reads may stop early, as `head` does; the exit status still tells what was found.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

run(process.argv.slice(2), process).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error('casemate failed, which it should not; please report this:', error);
    process.exitCode = 2;
  },
);
