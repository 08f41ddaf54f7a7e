import fc from 'fast-check';
import {
  allPorts,
  formatPorts,
  includesPort,
  intersect,
  isEmpty,
  noPorts,
  type PortSet,
  portRange,
  protocols,
  unite,
} from '../../../analysis/network/ports';

const port = fc.oneof(fc.constantFrom(1, 2, 53, 80, 65534, 65535), fc.integer({ min: 1, max: 90 }));
const protocol = fc.constantFrom(...protocols);
const range = fc.tuple(protocol, port, port).map(([p, a, b]) => portRange(p, a, b));
const set: fc.Arbitrary<PortSet> = fc.oneof(
  fc.array(range, { maxLength: 6 }).map((ranges) => ranges.reduce(unite, noPorts)),
  fc.constant(allPorts),
);

describe('the algebra of port sets', () => {
  const law = (name: string, holds: (a: PortSet, b: PortSet, c: PortSet) => [PortSet, PortSet]) =>
    test(name, () => {
      fc.assert(
        fc.property(set, set, set, (a, b, c) => {
          const [left, right] = holds(a, b, c);
          expect(left).toEqual(right);
        }),
      );
    });

  law('union commutes', (a, b) => [unite(a, b), unite(b, a)]);
  law('intersection commutes', (a, b) => [intersect(a, b), intersect(b, a)]);
  law('union is associative', (a, b, c) => [unite(a, unite(b, c)), unite(unite(a, b), c)]);
  law('intersection is associative', (a, b, c) => [intersect(a, intersect(b, c)), intersect(intersect(a, b), c)]);
  law('union is idempotent', (a) => [unite(a, a), a]);
  law('intersection is idempotent', (a) => [intersect(a, a), a]);
  law('each absorbs the other', (a, b) => [unite(a, intersect(a, b)), intersect(a, unite(a, b))]);
  law('intersection distributes over union', (a, b, c) => [
    intersect(a, unite(b, c)),
    unite(intersect(a, b), intersect(a, c)),
  ]);
  law('no ports add nothing', (a) => [unite(a, noPorts), a]);
  law('all ports take nothing away', (a) => [intersect(a, allPorts), a]);

  test('a port is in a union when it is in either set, and in an intersection when it is in both', () => {
    fc.assert(
      fc.property(set, set, protocol, port, (a, b, p, n) => {
        const [inA, inB] = [includesPort(a, p, n), includesPort(b, p, n)];
        expect(includesPort(unite(a, b), p, n)).toBe(inA || inB);
        expect(includesPort(intersect(a, b), p, n)).toBe(inA && inB);
      }),
    );
  });

  test('intervals are ascending and neither overlap nor touch', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        for (const p of protocols) {
          for (const intervals of [unite(a, b)[p], intersect(a, b)[p]]) {
            intervals.forEach(([from, to], index) => {
              expect(from).toBeLessThanOrEqual(to);
              const next = intervals[index + 1];
              if (next !== undefined) expect(next[0]).toBeGreaterThan(to + 1);
            });
          }
        }
      }),
    );
  });
});

describe('portRange', () => {
  test('holds both ends', () => {
    expect(portRange('UDP', 10, 12)).toEqual({ TCP: [], UDP: [[10, 12]], SCTP: [] });
  });

  test('is empty where the end comes first', () => {
    expect(isEmpty(portRange('TCP', 12, 10))).toBe(true);
  });

  test('has no ports that do not exist', () => {
    expect(portRange('TCP', 0, 99999).TCP).toEqual([[1, 65535]]);
    expect(isEmpty(portRange('TCP', 70000, 70001))).toBe(true);
  });
});

describe('formatPorts', () => {
  test.each([
    ['no ports', noPorts],
    ['all ports', allPorts],
    ['7070/TCP', portRange('TCP', 7070, 7070)],
    ['53/TCP, 53/UDP', unite(portRange('UDP', 53, 53), portRange('TCP', 53, 53))],
    ['80/TCP, 8000-8100/TCP', unite(portRange('TCP', 8000, 8100), portRange('TCP', 80, 80))],
    ['all TCP ports, 53/UDP', unite(portRange('TCP', 1, 65535), portRange('UDP', 53, 53))],
  ])('writes %s', (text, ports) => {
    expect(formatPorts(ports)).toBe(text);
  });
});
