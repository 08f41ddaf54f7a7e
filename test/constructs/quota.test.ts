import fc from 'fast-check';
import { formatBytes, formatCores, parseQuantity } from '../../constructs/quantity';
import { fitQuota } from '../../constructs/quota';

const GIB = 2 ** 30;

describe('fitQuota', () => {
  const quotas = fc.record({
    cpu: fc.integer({ min: 1, max: 1_000_000 }).map((millis) => `${millis}m`),
    memory: fc.integer({ min: 1, max: 1_000_000 }).map((mebibytes) => `${mebibytes}Mi`),
    pods: fc.integer({ min: 1, max: 5_000 }),
  });

  test('as many pods as the quota allows fit with their defaults, and requests never exceed limits', () => {
    fc.assert(
      fc.property(quotas, (quota) => {
        let fitted: ReturnType<typeof fitQuota>;
        try {
          fitted = fitQuota(quota, {}, 'shop');
        } catch (error) {
          expect(String(error)).toMatch(/which leaves less than (1m|1Mi) for each/);
          return;
        }
        const { container, hard } = fitted;
        for (const resource of ['cpu', 'memory'] as const) {
          const amount = (text: string | undefined) => parseQuantity(text ?? '', resource);
          const all = amount(container.default[resource]) * quota.pods;
          expect(all).toBeLessThanOrEqual(amount(hard[`limits.${resource}`]) * (1 + 1e-9));
          expect(amount(container.defaultRequest[resource])).toBeLessThanOrEqual(amount(container.default[resource]));
          expect(amount(container.default[resource])).toBeLessThanOrEqual(amount(container.max[resource]));
          expect(amount(container.max[resource])).toBeLessThanOrEqual(amount(hard[`limits.${resource}`]));
        }
      }),
    );
  });

  const quota = { cpu: '1', memory: '1Gi', pods: 4 };
  test.each([
    [{ ...quota, pods: 0 }, {}, 'shop: quota.pods is 0, expected a whole number from 1 on'],
    [{ ...quota, pods: 1.5 }, {}, 'shop: quota.pods is 1.5, expected a whole number from 1 on'],
    [{ ...quota, cpu: 'lots' }, {}, 'shop: quota.cpu is "lots", expected a quantity such as "500m" or "256Mi"'],
    [{ ...quota, memory: '0' }, {}, 'shop: quota.memory is "0", expected a quantity'],
    [{ ...quota, pods: 5000 }, {}, 'shop: quota.cpu is 1 for 5000 pods, which leaves less than 1m for each'],
    [{ ...quota, requests: { cpu: '2' } }, {}, 'shop: quota.requests.cpu is 2, expected at most quota.cpu, which is 1'],
    [quota, { max: { memory: '2Gi' } }, 'shop: limits.max.memory is 2Gi, expected at most quota.memory, which is 1Gi'],
    [
      quota,
      { max: { cpu: '100m' }, default: { cpu: '200m' } },
      'limits.default.cpu is 200m, expected at most limits.max.cpu',
    ],
    [
      quota,
      { default: { cpu: '100m' }, defaultRequest: { cpu: '200m' } },
      'limits.defaultRequest.cpu is 200m, expected at most',
    ],
  ])('%j with %j cannot be', (impossible, limits, message) => {
    expect(() => fitQuota(impossible, limits, 'shop')).toThrow(message);
  });

  test('a smaller max lowers the default', () => {
    expect(fitQuota(quota, { max: { cpu: '100m' } }, 'shop').container.default.cpu).toBe('100m');
  });
});

describe('quantities', () => {
  test.each([
    ['300m', 0.3],
    ['1.5', 1.5],
    ['2', 2],
    ['1e3', 1000],
    ['1E2', 100],
    ['64Mi', 64 * 2 ** 20],
    ['16Gi', 16 * GIB],
    ['500M', 500e6],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text, 'field')).toBeCloseTo(value, 9);
  });

  test.each(['', ' ', '1 Gi', '-1', '0', 'Infinity', '0x10', '1Zi', '1e', '__proto__', '1constructor'])(
    '%j is none',
    (text) => {
      expect(() => parseQuantity(text, 'field')).toThrow(/^field is ".*", expected a quantity/);
    },
  );

  test('amounts are written rounded down', () => {
    expect([formatCores(0.1609), formatCores(2), formatBytes(GIB), formatBytes(1.5 * 2 ** 20)]).toEqual([
      '160m',
      '2',
      '1Gi',
      '1Mi',
    ]);
  });
});
