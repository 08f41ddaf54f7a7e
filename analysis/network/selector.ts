import type { JsonObject } from '../../inventory';
import { isObject } from './values';

/** Labels as a manifest has them. */
export type Labels = JsonObject;

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A LabelSelector: what it demands of labels, all of it at once. An empty one selects everything. */
export type Selector = readonly Requirement[];

export const everything: Selector = [];

/** What a selector that the API server would refuse selects. */
const nothing: Selector = [{ key: '', operator: 'In', values: [] }];

/**
 * Reads a LabelSelector; `everything` where there is none.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function readSelector(value: unknown): Selector {
  if (value === undefined || value === null) return everything;
  if (!isObject(value)) return nothing;
  const labels = value.matchLabels ?? {};
  const expressions = value.matchExpressions ?? [];
  if (!isObject(labels) || !Array.isArray(expressions)) return nothing;
  const requirements: Requirement[] = [];
  for (const [key, wanted] of Object.entries(labels)) {
    if (typeof wanted !== 'string') return nothing;
    requirements.push({ key, operator: 'In', values: [wanted] });
  }
  for (const expression of expressions) {
    const requirement = readExpression(expression);
    if (requirement === undefined) return nothing;
    requirements.push(requirement);
  }
  return requirements;
}

function readExpression(expression: unknown): Requirement | undefined {
  if (!isObject(expression)) return undefined;
  const { key, operator } = expression;
  const values = expression.values ?? [];
  if (typeof key !== 'string' || !Array.isArray(values)) return undefined;
  if (!values.every((value): value is string => typeof value === 'string')) return undefined;
  const listed = operator === 'In' || operator === 'NotIn';
  if (!listed && operator !== 'Exists' && operator !== 'DoesNotExist') return undefined;
  return listed === values.length > 0 ? { key, operator, values } : undefined;
}

export function matches(selector: Selector, labels: Labels): boolean {
  return selector.every((requirement) => isMet(requirement, labels));
}

function isMet({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return typeof value === 'string' && values.includes(value);
    case 'NotIn':
      return typeof value !== 'string' || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Writes a selector as `kubectl --selector` reads it: `app=cart,tier in (a,b),!legacy`; empty for everything. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
