import { compile } from '../../../controls/cel';
import type { JsonObject } from '../../../inventory';

interface Named {
  readonly name: string;
  readonly expression: string;
}

interface Validation {
  readonly expression: string;
  readonly message: string;
  readonly messageExpression?: string;
}

/** A ValidatingAdmissionPolicy's spec, as far as it is evaluated here. */
export interface PolicySpec {
  readonly matchConditions: readonly Named[];
  readonly variables?: readonly Named[];
  readonly validations: readonly Validation[];
}

export interface Review {
  readonly object: JsonObject;
  readonly oldObject?: JsonObject;
  /** @default 'CREATE' */
  readonly operation?: string;
  /** @default a person */
  readonly username?: string;
}

export function specOf<Spec = PolicySpec>(manifests: readonly JsonObject[], kind: string, name: string): Spec {
  const manifest = manifests.find((one) => one.kind === kind && (one.metadata as JsonObject).name === name);
  if (manifest === undefined) throw new Error(`there is no ${kind} ${name}`);
  return manifest.spec as unknown as Spec;
}

/** Whether the policy looks at the request at all. */
export function matches(spec: PolicySpec, review: Review): boolean {
  const activation = activationOf(review);
  return spec.matchConditions.every(({ expression }) => evaluate(expression, activation) === true);
}

/** What the policy says of the request: the messages of the validations that are not true. */
export function failuresOf(spec: PolicySpec, review: Review): string[] {
  const variables: Record<string, unknown> = {};
  const activation = { ...activationOf(review), variables };
  for (const { name, expression } of spec.variables ?? []) variables[name] = evaluate(expression, activation);
  return spec.validations
    .filter(({ expression }) => evaluate(expression, activation) !== true)
    .map(({ message, messageExpression }) =>
      messageExpression === undefined ? message : String(evaluate(messageExpression, activation)),
    );
}

function activationOf({
  object,
  oldObject,
  operation = 'CREATE',
  username = 'alice',
}: Review): Record<string, unknown> {
  const { namespace = '', name = '' } = object.metadata as { namespace?: string; name?: string };
  const request = { operation, namespace, name, kind: { kind: object.kind }, userInfo: { username } };
  return { object, oldObject: oldObject ?? null, request };
}

function evaluate(expression: string, activation: Record<string, unknown>): unknown {
  return compile(expression, { variables: ['object', 'oldObject', 'request', 'variables'] })(activation);
}
