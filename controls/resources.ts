/**
 * CEL that is true where a container, or its pod as a whole (KEP-2837), sets an amount of a resource. An amount of 0 is
 * none, and so is null, which the API server reads as 0.
 *
 * @param lists `limits`, or `requests` and `limits`: a limit without a request is the request too
 */
export function someAmount(resource: 'cpu' | 'memory', lists: readonly ('requests' | 'limits')[]): string {
  return ['container', 'variables.pod']
    .flatMap((owner) => lists.map((list) => ({ owner, list })))
    .map(
      ({ owner, list }) =>
        `(${owner}.?resources.?${list}.?${resource}.hasValue() && ` +
        `sign(quantity(string(${owner}.resources.${list}.${resource}))) == 1)`,
    )
    .join(' || ');
}
