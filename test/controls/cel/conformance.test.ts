import { conformanceCases, disagreements } from './conformance';

describe.each(conformanceCases())('of %s', (_library, cases) => {
  test('every expression is answered as Kubernetes answers it', () => {
    expect(cases.length).toBeGreaterThan(0);
    expect(disagreements(cases)).toEqual([]);
  });
});
