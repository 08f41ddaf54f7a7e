/**
 * Host policies: CiliumClusterwideNetworkPolicy with a node selector, for the groups whose hosts are Kubernetes nodes.
 *
 * Needs of Cilium: `hostFirewall.enabled=true`, and `policyCIDRMatchMode={nodes}`, because sources are given as CIDRs:
 * a node that is only joining is not known as a node yet and looks like `world` (cilium/cilium#12585), and without that
 * mode CIDRs do not match nodes at all. Pods are never matched by CIDR, so their group becomes an endpoint selector.
 * Roll out in audit mode of the host endpoint, or with `enforce: false` first.
 * @see https://docs.cilium.io/en/stable/security/host-firewall/
 */

import type { CheckedGroup, CheckedIntent, Rule } from '../firewall/check';
import {
  cidrsOf,
  describe,
  EnforcerError,
  families,
  groupRules,
  hostGroups,
  type Input,
  type Plan,
  type PlannedResource,
  requireAddresses,
  requireLabelPrefix,
  unsupported,
} from './plan';

export interface CiliumOptions {
  /** Groups whose hosts are nodes of the cluster: the others are not Cilium's to filter. @default ['api-servers', 'etcd', 'nodes', 'workers'] */
  readonly nodes?: readonly string[];
  /** The group that is the pods' networks. @default 'pods' */
  readonly pods?: string;
  /** Before every name, and of every label: nodes of group G carry the label `PREFIX/G: "true"`. @default 'casemate' */
  readonly prefix?: string;
  /** Whether what no rule allows is denied; false only declares the rules. @default true */
  readonly enforce?: boolean;
}

const portsPerRule = 40;

export function cilium(intent: CheckedIntent, options: CiliumOptions = {}): Plan {
  const { nodes = ['api-servers', 'etcd', 'nodes', 'workers'], pods = 'pods', prefix = 'casemate' } = options;
  requireLabelPrefix(prefix);
  // Cilium drops labels of these domains from identities: a selector on one matches no host, and fails open.
  if (/(^|\.)(kubernetes\.io|k8s\.io|cilium\.io)$/.test(prefix))
    throw new EnforcerError(
      `Cilium keeps no labels of "${prefix}"; choose a prefix outside kubernetes.io, k8s.io and cilium.io`,
    );
  const groups = hostGroups(intent).filter(({ name }) => nodes.includes(name));
  const labels = intent.hosts
    .map((host) => ({ name: host.name, roles: host.roles.filter((role) => nodes.includes(role)) }))
    .filter(({ roles }) => roles.length > 0)
    .map(
      ({ name, roles }): PlannedResource => ({
        type: 'kubernetes:core/v1:NodePatch',
        name: `labels-${name}`,
        inputs: {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name, labels: Object.fromEntries(roles.map((role) => [`${prefix}/${role}`, 'true'])) },
        },
      }),
    );
  const policies = groups.map(
    (group): PlannedResource => ({
      type: 'kubernetes:apiextensions.k8s.io:CustomResource',
      name: group.name,
      inputs: {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumClusterwideNetworkPolicy',
        metadata: { name: `${prefix.replaceAll('.', '-')}-${group.name}` },
        spec: {
          description: describe(`Connections to ${group.title}; everything else is denied`, /[ -~]/, 255),
          nodeSelector: { matchLabels: { [`${prefix}/${group.name}`]: 'true' } },
          ...(options.enforce === false && { enableDefaultDeny: { ingress: false } }),
          ingress: ingress(group, intent, pods),
        },
      },
      ...(labels.length > 0 && { after: labels.map(({ name }) => name) }),
    }),
  );
  return { resources: [...labels, ...policies] };
}

function ingress(group: CheckedGroup, intent: CheckedIntent, pods: string): Input[] {
  const mine = intent.rules.filter(({ to }) => to === group);
  const rules = [...groupRules(mine, ({ from }) => from.name)].flatMap(([, same]) => {
    const [{ from }] = same as [Rule];
    const peers = peersOf(from, pods);
    const ported = same.filter(({ ports }) => ports !== undefined);
    if (ported.length > portsPerRule)
      throw new EnforcerError(
        `${from.name} to ${group.name} names ${ported.length} ports, and a rule of Cilium's takes ${portsPerRule}; use ranges`,
      );
    const pings = same.filter(({ protocol }) => protocol === 'icmp');
    const other = same.find((rule) => rule.ports === undefined && rule.protocol !== 'icmp');
    if (other !== undefined) throw unsupported(other, "Cilium's host firewall", 'tcp, udp, sctp and icmp');
    return [
      ...(ported.length > 0 ? [{ ...peers, toPorts: [{ ports: ported.map(portOf) }] }] : []),
      ...(pings.length > 0 ? [{ ...peers, icmps: [{ fields: echoRequests }] }] : []),
    ];
  });
  // A policy without any rule denies everything; an empty rule is how Cilium wants that said.
  return rules.length > 0 ? rules : [{}];
}

function peersOf(from: CheckedGroup, pods: string): { readonly [key: string]: Input } {
  if (from.name === pods)
    return {
      fromEndpoints: [{ matchExpressions: [{ key: 'k8s:io.kubernetes.pod.namespace', operator: 'Exists' }] }],
    };
  requireAddresses(from, 'a host policy');
  return { fromCIDR: families.flatMap((family) => cidrsOf(from.addresses, family)) };
}

const echoRequests = [
  { family: 'IPv4', type: 8 },
  { family: 'IPv6', type: 128 },
];

function portOf({ protocol, ports }: Rule): Input {
  const { from = 0, to = 0 } = ports ?? {};
  return { port: `${from}`, ...(to !== from && { endPort: to }), protocol: protocol.toUpperCase() };
}
