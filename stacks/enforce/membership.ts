import type * as pulumi from '@pulumi/pulumi';
import type { CheckedIntent } from '../firewall';
import { hostGroups } from '../platforms/plan';

/** The ids of the resources that are named like their group. */
export function idsOfGroups(
  intent: CheckedIntent,
  made: ReadonlyMap<string, pulumi.CustomResource>,
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    hostGroups(intent).flatMap(({ name }) => {
      const resource = made.get(name);
      return resource === undefined ? [] : [[name, resource.id]];
    }),
  );
}

/** What each group of hosts is known by. */
export function marksOfGroups(intent: CheckedIntent, mark: (group: string) => string): Record<string, string> {
  return Object.fromEntries(hostGroups(intent).map(({ name }) => [name, mark(name)]));
}
