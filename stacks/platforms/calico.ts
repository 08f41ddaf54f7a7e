/**
 * A HostEndpoint for every interface of each host, global policies by role, and Felix's fail-safe ports narrowed: as they
 * come, 22, 179, 2379, 2380, 5473 and 6443 are open to everyone whatever a policy says.
 *
 * The order cannot lock anybody out: policies before the endpoints they select, and the fail-safe ports last of all.
 * @see https://docs.tigera.io/calico/latest/reference/host-endpoints/failsafe
 */

import { union } from '../firewall/addresses';
import type { CheckedGroup, CheckedIntent, Rule } from '../firewall/check';
import {
  cidrsOf,
  EnforcerError,
  families,
  hostGroups,
  type Input,
  isNodePort,
  nodePortRange,
  type Plan,
  type PlannedResource,
  portText,
  requireAddresses,
  requireLabelPrefix,
} from './plan';

export interface CalicoOptions {
  /** Groups whose hosts run Calico: the others are not Calico's to filter. @default ['api-servers', 'etcd', 'nodes', 'workers'] */
  readonly nodes?: readonly string[];
  /** Before every name, and of every label: endpoints of group G carry the label `PREFIX/G: "true"`. @default 'casemate' */
  readonly prefix?: string;
  /** The port of SSH, which stays a fail-safe port, but for the networks the intent names alone. @default 22 */
  readonly sshPort?: number;
  /** Policies with a lower order come first. @default 100 */
  readonly order?: number;
}

export function calico(intent: CheckedIntent, options: CalicoOptions = {}): Plan {
  const {
    nodes = ['api-servers', 'etcd', 'nodes', 'workers'],
    prefix = 'casemate',
    order = 100,
    sshPort = 22,
  } = options;
  requireLabelPrefix(prefix);
  const groups = hostGroups(intent).filter(({ name }) => nodes.includes(name));
  const hosts = intent.hosts.filter(({ roles }) => roles.some((role) => nodes.includes(role)));
  if (hosts.length === 0)
    throw new EnforcerError('a host endpoint belongs to a node by its name; name the hosts of the groups');
  const policy = (name: string, spec: { readonly [key: string]: Input }): PlannedResource =>
    // What stands before a dot in a policy's name is taken for its tier.
    manifest(name, 'GlobalNetworkPolicy', `${prefix.replaceAll('.', '-')}-${name}`, spec);
  const policies = groups.flatMap((group): PlannedResource[] => {
    const rules = intent.rules.filter(({ to }) => to === group);
    const selector = `has(${prefix}/${group.name})`;
    const early = rules.filter(isNodePort);
    return [
      policy(group.name, {
        order,
        selector,
        types: ['Ingress', 'Egress'],
        ingress: rules.flatMap(allow),
        // An endpoint without any rule for a direction denies it.
        egress: [{ action: 'Allow' }],
      }),
      ...(early.length === 0
        ? []
        : [
            policy(`node-ports-${group.name}`, {
              order,
              selector,
              types: ['Ingress'],
              preDNAT: true,
              applyOnForward: true,
              ingress: early.flatMap(allow),
            }),
          ]),
    ];
  });
  const closed = policy('node-ports-closed', {
    order: order + 1,
    selector: groups.map(({ name }) => `has(${prefix}/${name})`).join(' || '),
    types: ['Ingress'],
    preDNAT: true,
    applyOnForward: true,
    // Only for packets to the hosts themselves: pods may listen on these ports, and be reached through their hosts.
    ingress: families.flatMap((ipVersion) => {
      const nets = cidrsOf(union(...hosts.map(({ addresses }) => addresses)), ipVersion);
      if (nets.length === 0) return [];
      return ['TCP', 'UDP', 'SCTP'].map((protocol) => ({
        action: 'Deny',
        ipVersion,
        protocol,
        destination: { nets, ports: [`${nodePortRange.from}:${nodePortRange.to}`] },
      }));
    }),
  });
  const endpoints = hosts.map(({ name, roles, addresses }): PlannedResource => {
    const resource = manifest(`host-${name}`, 'HostEndpoint', `${prefix}-${name}`, {
      node: name,
      interfaceName: '*',
      expectedIPs: families.flatMap((family) => cidrsOf(addresses, family)).map((cidr) => cidr.replace(/\/\d+$/, '')),
    });
    const labels = Object.fromEntries(roles.map((role) => [`${prefix}/${role}`, 'true']));
    return {
      ...resource,
      inputs: { ...resource.inputs, metadata: { name: `${prefix}-${name}`, labels } },
      after: [...policies, closed].map((each) => each.name),
    };
  });
  const felix: PlannedResource = {
    ...manifest('failsafe', 'FelixConfiguration', 'default', {
      failsafeInboundHostPorts: failsafe(intent, hosts, sshPort),
    }),
    type: 'kubernetes:apiextensions.k8s.io:CustomResourcePatch',
    after: endpoints.map(({ name }) => name),
  };
  return { resources: [...policies, closed, ...endpoints, felix] };
}

function manifest(
  name: string,
  kind: string,
  object: string,
  spec: { readonly [key: string]: Input },
): PlannedResource {
  return {
    type: 'kubernetes:apiextensions.k8s.io:CustomResource',
    name,
    inputs: { apiVersion: 'projectcalico.org/v3', kind, metadata: { name: object }, spec },
  };
}

function allow(rule: Rule): Input[] {
  return families.flatMap((family): Input[] => {
    const nets = sources(rule.from, family);
    if (nets.length === 0) return [];
    const port = portText(rule, ':');
    return [
      {
        action: 'Allow',
        ipVersion: family,
        ...protocolOf(rule, family),
        source: { nets },
        ...(port !== undefined && {
          destination: { ports: [rule.ports?.from === rule.ports?.to ? Number(port) : port] },
        }),
        metadata: { annotations: { reason: rule.reason } },
      },
    ];
  });
}

function sources(from: CheckedGroup, family: 4 | 6): string[] {
  requireAddresses(from, 'Calico');
  return cidrsOf(from.addresses, family);
}

function protocolOf({ protocol }: Rule, family: 4 | 6): { readonly [key: string]: Input } {
  switch (protocol) {
    case 'icmp':
      return { protocol: family === 4 ? 'ICMP' : 'ICMPv6', icmp: { type: family === 4 ? 8 : 128 } };
    case 'ipip':
      return { protocol: 4 };
    case 'esp':
      return { protocol: 50 };
    default:
      return { protocol: protocol.toUpperCase() };
  }
}

/**
 * What stays open however wrong a policy is, so that a mistake can be repaired: DHCP, and SSH for whom the intent lets in
 * on every one of the hosts.
 */
function failsafe(intent: CheckedIntent, hosts: CheckedIntent['hosts'], sshPort: number): Input[] {
  const ssh = intent.rules.filter(
    ({ protocol, ports }) => protocol === 'tcp' && ports?.from === sshPort && ports.to === sshPort,
  );
  const admins = new Set(ssh.map(({ from }) => from));
  const everywhere = [...admins].filter((admin) =>
    hosts.every(({ roles }) => ssh.some(({ from, to }) => from === admin && roles.includes(to.name))),
  );
  const nets = families.flatMap((family) => everywhere.flatMap((admin) => sources(admin, family)));
  return [{ protocol: 'udp', port: 68 }, ...[...new Set(nets)].map((net) => ({ protocol: 'tcp', port: sshPort, net }))];
}
