import { nearest } from '../../cli/nearest';

const names = ['no-host-path', 'no-host-pid', 'run-as-non-root'];

test.each([
  ['no-host-pat', ['no-host-path', 'no-host-pid']],
  ['No-Host-PID', ['no-host-pid', 'no-host-path']],
  ['root', ['run-as-non-root']],
  ['quite-different', []],
])('%s may mean %j', (name, meant) => {
  expect(nearest(name, names)).toEqual(meant);
});
