/**
 * One security group for each group of hosts, and its rules as resources of their own, so that two groups can refer to
 * one another. Instances carry the groups of all their roles; rules add up.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */

import type { CheckedGroup, CheckedIntent, Rule } from '../firewall/check';
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
  unsupported,
} from './plan';

export interface AwsOptions {
  readonly vpcId: Input;
  /** Before every name. @default 'casemate' */
  readonly prefix?: string;
  /** Ids of security groups that exist already, by group: rules refer to them instead of addresses. @default - none */
  readonly existing?: Readonly<Record<string, Input>>;
  /** The account's quota of rules for each group, direction and IP version. @default 60 */
  readonly rulesPerGroup?: number;
  /** The account's quota of groups for a network interface. @default 5 */
  readonly groupsPerInterface?: number;
}

const descriptionCharacters = /[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]/;

/** Security groups (named like their group) with their ingress rules; each lets its hosts begin connections to anywhere. */
export function aws(intent: CheckedIntent, options: AwsOptions): Plan {
  const { prefix = 'casemate', existing = {}, groupsPerInterface = 5 } = options;
  const crowded = intent.hosts.find(({ roles }) => roles.length > groupsPerInterface);
  if (crowded !== undefined)
    throw new EnforcerError(
      `host "${crowded.name}" has ${crowded.roles.length} roles, and a network interface carries ${groupsPerInterface} security groups; ask AWS for a higher quota and set groupsPerInterface`,
    );
  const groups = hostGroups(intent);
  return {
    resources: [
      ...groups.map(
        ({ name, title }): PlannedResource => ({
          type: 'aws:ec2/securityGroup:SecurityGroup',
          name,
          inputs: {
            name: `${prefix}-${name}`,
            description: describe(title, descriptionCharacters, 255),
            vpcId: options.vpcId,
            tags: { Name: `${prefix}-${name}` },
          },
        }),
      ),
      ...groups.flatMap((group) => ingress(group, intent, existing, options.rulesPerGroup ?? 60)),
      ...groups.flatMap(egress),
    ],
  };
}

function ingress(
  group: CheckedGroup,
  intent: CheckedIntent,
  existing: Readonly<Record<string, Input>>,
  limit: number,
): PlannedResource[] {
  const mine = intent.rules.filter(({ to }) => to === group);
  const groupOf = (from: CheckedGroup): Input | undefined =>
    (Object.hasOwn(existing, from.name) ? existing[from.name] : undefined) ??
    (from.kind === 'hosts' ? reference(from.name, 'id') : undefined);
  const base = (rule: Rule, family: 4 | 6, because: string) => ({
    securityGroupId: reference(group.name, 'id'),
    description: describe(because, descriptionCharacters, 255),
    ...service(rule, family),
  });
  const resources = [
    ...mine.flatMap((rule) => {
      const source = groupOf(rule.from);
      if (source === undefined) return [];
      // A ping is another protocol in each family; every other rule that refers to a group is for both.
      return (rule.protocol === 'icmp' ? families : ([4] as const)).map((family) =>
        ingressRule(`${ruleName(rule)}${family === 6 ? '-ipv6' : ''}`, {
          ...base(rule, family, rule.reason),
          referencedSecurityGroupId: source,
        }),
      );
    }),
    ...networkSources(
      mine.filter(({ from }) => groupOf(from) === undefined),
      'a security group',
    ).map(({ cidr, family, rules }) =>
      ingressRule(`${serviceName(rules[0])}-${cidrName(cidr)}`, {
        ...base(rules[0], family, reasons(rules)),
        ...(family === 4 ? { cidrIpv4: cidr } : { cidrIpv6: cidr }),
      }),
    ),
  ];
  // A rule that refers to a group counts for both IP versions.
  for (const cidr of ['cidrIpv4', 'cidrIpv6']) {
    const count = resources.filter(({ inputs }) => cidr in inputs || 'referencedSecurityGroupId' in inputs).length;
    if (count > limit)
      throw new EnforcerError(
        `security group "${group.name}" needs ${count} ingress rules and the quota is ${limit}; merge networks, or ask AWS for a higher quota and set rulesPerGroup`,
      );
  }
  return resources;
}

function ingressRule(name: string, inputs: { readonly [key: string]: Input }): PlannedResource {
  return { type: 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', name, inputs };
}

/** Written out, because groups that Pulumi creates have lost AWS's default egress rule. */
function egress({ name }: CheckedGroup): PlannedResource[] {
  return families.map((family) => ({
    type: 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
    name: `${name}-egress-ipv${family}`,
    inputs: {
      securityGroupId: reference(name, 'id'),
      description: 'Hosts may begin connections',
      ipProtocol: '-1',
      ...(family === 4 ? { cidrIpv4: '0.0.0.0/0' } : { cidrIpv6: '::/0' }),
    },
  }));
}

function service(rule: Rule, family: 4 | 6): { readonly [key: string]: Input } {
  switch (rule.protocol) {
    case 'tcp':
    case 'udp':
      return { ipProtocol: rule.protocol, fromPort: rule.ports?.from ?? 0, toPort: rule.ports?.to ?? 65535 };
    case 'icmp':
      return { ipProtocol: family === 4 ? 'icmp' : 'icmpv6', fromPort: family === 4 ? 8 : 128, toPort: -1 };
    case 'ipip':
      return { ipProtocol: '4' };
    case 'esp':
      return { ipProtocol: '50' };
    default:
      // Security groups ignore ports of any other protocol: a rule for one port would open them all.
      throw unsupported(rule, 'An AWS security group', 'tcp, udp, icmp, ipip and esp');
  }
}
