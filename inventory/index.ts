/** Manifests in: reads, indexes and locates the objects that a run looks at. */
export { fromCharts } from './charts';
export { Inventory } from './inventory';
export { type LoadOptions, loadPaths, loadText } from './load';
export type { InventoryObject, Json, JsonObject, Origin, Path, PodLocation, Problem } from './object';
export { type ParsedText, parseText } from './parse';
export { formatPath, valueAt } from './path';
export { groupOf, mayHoldPods, podLocation, podLocations } from './pods';
export type { Position } from './source';
