import { json } from './json';
import type { Formatter } from './report';
import { sarif } from './sarif';
import { table } from './table';

/** Every format in which a report can be written, by name. */
export const formats = { table, json, sarif } as const satisfies Record<string, Formatter>;
export type Format = keyof typeof formats;

export { formatReferences } from './references';
export { type Formatter, fails, formatObject, type Report } from './report';
export { summary } from './summary';
export { plain, plural } from './text';
export { json, sarif, table };
