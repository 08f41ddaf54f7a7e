/** What the intents of Kubernetes are written with: rows of flows with what breaks without them, groups, and sources. */

import { type Flow, type Group, type Guarded, type Host, type PortRange, type Requirement, tcp } from './intent';

/** An address or CIDR of hosts, or a host by name with all of its addresses. */
export type Member = string | Host;

export interface Row extends Flow {
  /** What stops working without it, where something does: then the intent is refused when the row is missing. */
  readonly breaks?: string;
}

/** The pages that rows come from. */
export const sources = {
  kubernetes: 'https://kubernetes.io/docs/reference/networking/ports-and-protocols/',
  nodePorts: 'https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport',
  highAvailability: 'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/',
  metricsServer: 'https://github.com/kubernetes-sigs/metrics-server#requirements',
  etcd: 'https://etcd.io/docs/latest/op-guide/configuration/',
  bypass: 'https://kubernetes.io/docs/concepts/security/api-server-bypass-risks/',
  hardening:
    'https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF',
} as const;

/** What etcd needs, wherever it runs. */
export const etcdRows: readonly Row[] = [
  {
    from: 'api-servers',
    to: 'etcd',
    ports: [tcp(2379)],
    reason: 'Only API servers read and write the state of the cluster.',
    source: sources.bypass,
    breaks: 'the API server does not start',
  },
  {
    from: 'etcd',
    to: 'etcd',
    ports: [tcp(2380)],
    reason: 'Members of etcd agree among themselves.',
    source: sources.etcd,
    breaks: 'etcd loses its quorum, and with it every write',
  },
];

/** Whoever reaches one of these without a rightful credential needs only one more mistake to own the cluster. */
export function guarded(api: PortRange, ssh: PortRange): Guarded[] {
  return [
    { service: 'SSH', ports: ssh.from === 22 ? [ssh] : [tcp(22), ssh] },
    { service: 'etcd', ports: [tcp(2379, 2380)] },
    { service: 'the kubelet', ports: [tcp(10250), tcp(10255)] },
    { service: 'the API server', ports: [api] },
  ];
}

export function requirements(rows: readonly Row[]): Requirement[] {
  return rows.flatMap(({ from, to, ports, breaks }) => (breaks === undefined ? [] : [{ from, to, ports, breaks }]));
}

export function hosts(
  name: string,
  title: string,
  members: readonly Member[],
  sharesHostsWith?: readonly string[],
): Group {
  const named = members.filter((member) => typeof member !== 'string');
  return {
    name,
    title,
    kind: 'hosts',
    addresses: members.filter((member) => typeof member === 'string'),
    ...(named.length > 0 && { hosts: named }),
    ...(sharesHostsWith !== undefined && { sharesHostsWith }),
  };
}

export function networks(name: string, title: string, addresses: readonly string[]): Group {
  return { name, title, kind: 'networks', addresses };
}
