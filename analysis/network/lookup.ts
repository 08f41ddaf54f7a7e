import { type Labels, matches, type Selector } from './selector';

/** The `key=value` pairs of which labels must have one to be selected; `undefined` where no pair is demanded. */
function pairsOf(selector: Selector, sizeOf: (pair: string) => number): string[] | undefined {
  let best: string[] | undefined;
  let bestSize = Number.POSITIVE_INFINITY;
  for (const { key, operator, values } of selector) {
    if (operator !== 'In') continue;
    const pairs = [...new Set(values)].map((value) => `${key}=${value}`);
    const size = pairs.reduce((sum, pair) => sum + sizeOf(pair), 0);
    if (size < bestSize) [best, bestSize] = [pairs, size];
  }
  return best;
}

/** The pairs of labels; a value that is no text, which the API server refuses, is in no pair that could be demanded. */
function pairsIn(labels: Labels): string[] {
  return Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [`${key}=${value}`] : []));
}

function group<T>(keyed: Iterable<readonly [string, T]>): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, item] of keyed) {
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [item]);
    else list.push(item);
  }
  return groups;
}

/** Finds things by the labels they have, without looking at all of them. */
export class ByLabels<T extends { readonly labels: Labels }> {
  private readonly byPair: Map<string, T[]>;

  public constructor(public readonly all: readonly T[]) {
    this.byPair = group(all.flatMap((item) => pairsIn(item.labels).map((pair) => [pair, item] as const)));
  }

  /** What a selector selects. */
  public selectedBy(selector: Selector): T[] {
    const pairs = pairsOf(selector, (pair) => this.byPair.get(pair)?.length ?? 0);
    const candidates = pairs === undefined ? this.all : pairs.flatMap((pair) => this.byPair.get(pair) ?? []);
    return candidates.filter((item) => matches(selector, item.labels));
  }
}

/** Finds things by the labels they select, without looking at all of them. */
export class BySelector<T extends { readonly pods: Selector }> {
  private readonly byPair: Map<string, T[]>;
  private readonly others: readonly T[];

  public constructor(all: readonly T[]) {
    const counts = new Map<string, number>();
    for (const { pods } of all) {
      for (const { key, values } of pods) {
        for (const value of values) counts.set(`${key}=${value}`, (counts.get(`${key}=${value}`) ?? 0) + 1);
      }
    }
    const keyed = all.map((item) => ({ item, pairs: pairsOf(item.pods, (pair) => counts.get(pair) ?? 0) }));
    this.byPair = group(keyed.flatMap(({ item, pairs }) => (pairs ?? []).map((pair) => [pair, item] as const)));
    this.others = keyed.filter(({ pairs }) => pairs === undefined).map(({ item }) => item);
  }

  /** What selects these labels: first what demands one of them by value. */
  public selecting(labels: Labels): T[] {
    const candidates = pairsIn(labels).flatMap((pair) => this.byPair.get(pair) ?? []);
    return [...candidates, ...this.others].filter(({ pods }) => matches(pods, labels));
  }
}
