/**
 * One security group for each group of hosts, with rules that refer to one another. Neutron's default rules are removed
 * from them; ports carry the groups of all their roles.
 * @see https://docs.openstack.org/api-ref/network/v2/#security-group-rules-security-group-rules
 */

import type { CheckedIntent, Rule } from '../firewall/check';
import {
  cidrName,
  describe,
  EnforcerError,
  families,
  hostGroups,
  type Input,
  networkSources,
  type Plan,
  type PlannedResource,
  reasons,
  reference,
  ruleName,
  serviceName,
} from './plan';

export interface OpenstackOptions {
  /** Before every name. @default 'casemate' */
  readonly prefix?: string;
  /** The project's quota of rules, over all groups. @default 100 */
  readonly rulesPerProject?: number;
}

export function openstack(intent: CheckedIntent, options: OpenstackOptions = {}): Plan {
  const { prefix = 'casemate', rulesPerProject = 100 } = options;
  const groups = hostGroups(intent);
  const rules = [
    ...ingress(intent.rules),
    ...groups.flatMap(({ name }) =>
      families.map((family) =>
        ruleOf(`${name}-egress-ipv${family}`, {
          securityGroupId: reference(name, 'id'),
          direction: 'egress',
          ethertype: `IPv${family}`,
          description: 'Hosts may begin connections',
        }),
      ),
    ),
  ];
  if (rules.length > rulesPerProject)
    throw new EnforcerError(
      `the security groups need ${rules.length} rules and the project's quota is ${rulesPerProject}; have it raised and set rulesPerProject, or merge networks`,
    );
  return {
    resources: [
      ...groups.map(({ name, title }) => ({
        type: 'openstack:networking/secGroup:SecGroup',
        name,
        inputs: { name: `${prefix}-${name}`, description: describe(title, /[ -~]/, 255), deleteDefaultRules: true },
      })),
      ...rules,
    ],
  };
}

function ingress(rules: readonly Rule[]): PlannedResource[] {
  const base = (rule: Rule, family: 4 | 6, because: string) => ({
    securityGroupId: reference(rule.to.name, 'id'),
    direction: 'ingress',
    ethertype: `IPv${family}`,
    description: describe(because, /[ -~]/, 255),
    ...service(rule, family),
  });
  return [
    ...rules
      .filter(({ from }) => from.kind === 'hosts')
      .flatMap((rule) =>
        families.map((family) =>
          ruleOf(`${ruleName(rule)}-ipv${family}`, {
            ...base(rule, family, rule.reason),
            remoteGroupId: reference(rule.from.name, 'id'),
          }),
        ),
      ),
    ...networkSources(rules, 'a security group').map(({ cidr, family, rules: same }) =>
      ruleOf(`${serviceName(same[0])}-${cidrName(cidr)}`, {
        ...base(same[0], family, reasons(same)),
        remoteIpPrefix: cidr,
      }),
    ),
  ];
}

function ruleOf(name: string, inputs: { readonly [key: string]: Input }): PlannedResource {
  return { type: 'openstack:networking/secGroupRule:SecGroupRule', name, inputs };
}

function service({ protocol, ports }: Rule, family: 4 | 6): { readonly [key: string]: Input } {
  switch (protocol) {
    // For ICMP, Neutron keeps the type and the code in the fields for ports.
    case 'icmp':
      return { protocol: family === 4 ? 'icmp' : 'ipv6-icmp', portRangeMin: family === 4 ? 8 : 128, portRangeMax: 0 };
    case 'ipip':
      return { protocol: '4' };
    case 'esp':
      return { protocol };
    default:
      return { protocol, portRangeMin: ports?.from ?? 1, portRangeMax: ports?.to ?? 65535 };
  }
}
