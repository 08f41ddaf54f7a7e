import { CelError } from '../errors';
import { type CelObject, compareBigints, int, KubernetesObject } from '../values';
import type { Library } from './library';

type Order = -1 | 0 | 1;

/** A part of what follows the `-`: a number, or text that comes after all numbers. */
type Prerelease = bigint | string;

class Semver extends KubernetesObject {
  readonly typeName = 'kubernetes.Semver';
  constructor(
    readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint],
    readonly prerelease: readonly Prerelease[],
  ) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }
}

function compare(a: Semver, b: Semver): Order {
  for (const at of [0, 1, 2] as const) {
    const order = compareBigints(a.numbers[at], b.numbers[at]);
    if (order !== 0) return order;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return a.prerelease.length === b.prerelease.length ? 0 : a.prerelease.length === 0 ? 1 : -1;
  }
  for (let at = 0; at < Math.min(a.prerelease.length, b.prerelease.length); at++) {
    const order = comparePrerelease(a.prerelease[at] ?? '', b.prerelease[at] ?? '');
    if (order !== 0) return order;
  }
  return a.prerelease.length === b.prerelease.length ? 0 : a.prerelease.length < b.prerelease.length ? -1 : 1;
}

function comparePrerelease(a: Prerelease, b: Prerelease): Order {
  if (typeof a === 'bigint' && typeof b === 'bigint') return compareBigints(a, b);
  if (typeof a !== typeof b) return typeof a === 'bigint' ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

const number = '(0|[1-9]\\d*)';
const grammar = new RegExp(`^${number}\\.${number}\\.${number}(?:-([\\dA-Za-z.-]+))?(?:\\+([\\dA-Za-z.-]+))?$`);

function parse(text: string): Semver | undefined {
  const match = grammar.exec(text);
  if (!match) return undefined;
  const numbers = match.slice(1, 4).map(BigInt);
  if (numbers.some((value) => value >= 2n ** 64n)) return undefined;
  const [major = 0n, minor = 0n, patch = 0n] = numbers;
  const prerelease: Prerelease[] = [];
  for (const part of match[4]?.split('.') ?? []) {
    if (part === '' || /^0\d+$/.test(part)) return undefined;
    if (/^\d+$/.test(part) && BigInt(part) >= 2n ** 64n) return undefined;
    prerelease.push(/^\d+$/.test(part) ? BigInt(part) : part);
  }
  if (match[5]?.split('.').includes('')) return undefined;
  return new Semver([major, minor, patch], prerelease);
}

/** `v1.02` as `1.2.0`: without the `v`, without leading zeros, and with the numbers that lack. */
function normalize(text: string): string {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join('.')])].map(
    (part) => {
      if (part.length < 2) return part;
      const trimmed = part.replace(/^0+/, '');
      return /^\d/.test(trimmed) ? trimmed : `0${trimmed}`;
    },
  );
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return '';
  return [...parts, '0', '0'].slice(0, 3).join('.');
}

function semver(text: string, normalized = false): Semver {
  const version = parse(normalized ? normalize(text) : text);
  if (version === undefined) throw new CelError(`not a semantic version: ${JSON.stringify(text)}`);
  return version;
}

/** Kubernetes' semver library in version 1 (k8s.io/apiserver/pkg/cel/library/semverlib.go). */
export const semvers: Library = {
  'semver(string): Semver': (text: string) => semver(text),
  'semver(string, bool): Semver': semver,
  'isSemver(string): bool': (text: string) => parse(text) !== undefined,
  'isSemver(string, bool): bool': (text: string, normalized: boolean) =>
    parse(normalized ? normalize(text) : text) !== undefined,
  '<Semver>.isGreaterThan(Semver): bool': (a: Semver, b: Semver) => compare(a, b) > 0,
  '<Semver>.isLessThan(Semver): bool': (a: Semver, b: Semver) => compare(a, b) < 0,
  '<Semver>.compareTo(Semver): int': compare,
  '<Semver>.major(): int': ({ numbers }: Semver) => int(BigInt.asIntN(64, numbers[0])),
  '<Semver>.minor(): int': ({ numbers }: Semver) => int(BigInt.asIntN(64, numbers[1])),
  '<Semver>.patch(): int': ({ numbers }: Semver) => int(BigInt.asIntN(64, numbers[2])),
};
