/**
 * The flows Kubernetes itself needs, as one table. A row that has `breaks` is also a requirement: an intent that loses
 * it is refused. What is not here stays closed; scheduler (10259), controller-manager (10257) and kube-proxy's metrics
 * (10249) are for loopback only, which no firewall filters, and NodePorts are opened one by one.
 */

import { type Cni, cniRows } from './cni';
import {
  type Flow,
  type Group,
  type Intent,
  type OpenExemption,
  type PortRange,
  type Requirement,
  tcp,
} from './intent';
import { etcdRows, guarded, hosts, type Member, networks, type Row, requirements, sources } from './rows';

export interface LoadBalancer {
  /** Machines of ours: they are filtered too. */
  readonly hosts?: readonly Member[];
  /** The cloud's: the networks its connections and health checks come from. */
  readonly networks?: readonly string[];
  /** Whether the API server sees the client's own address, as with a cloud's pass-through balancers. @default false */
  readonly keepsClientAddress?: boolean;
}

/** Opens ports of the node-port range, which are closed otherwise. */
export interface NodePorts {
  readonly ports: readonly PortRange[];
  /** Networks; `['0.0.0.0/0', '::/0']` is everyone. @default - the load balancer */
  readonly from?: readonly string[];
  readonly reason: string;
}

export interface ClusterIntentProps {
  /** The control plane's hosts. */
  readonly apiServers: readonly Member[];
  /** @default - the API servers' hosts (stacked etcd) */
  readonly etcd?: readonly Member[];
  /** Hosts that run pods. @default - the control plane's alone */
  readonly workers?: readonly Member[];
  /** The one way in by SSH. @default - none: port 22 is open nowhere */
  readonly bastion?: readonly Member[];
  /** Networks from which people reach the bastion, which needs them. @default - nobody */
  readonly admins?: readonly string[];
  /** Networks from which people and machines use the API. @default - `admins` */
  readonly apiClients?: readonly string[];
  /** What stands before the API servers. @default - nothing */
  readonly loadBalancer?: LoadBalancer;
  /** Networks of the pods, which use the API by their own address where the CNI does not hide it. @default - none */
  readonly pods?: readonly string[];
  readonly cni: Cni['name'] | Cni;
  /** @default - none is open */
  readonly nodePorts?: readonly NodePorts[];
  /**
   * Who scrapes kubelets besides the API servers: metrics-server asks port 10250 from its pod's address, or from its
   * node's where the CNI hides that. Without it there is no `kubectl top` and no scaling by CPU. @default 'none'
   */
  readonly metricsServer?: 'none' | 'pods' | 'nodes';
  /** @default 6443 */
  readonly apiServerPort?: number;
  /** @default 22 */
  readonly sshPort?: number;
  /** Groups and flows of your own, besides. @default - none */
  readonly groups?: readonly Group[];
  readonly flows?: readonly Flow[];
  readonly exemptions?: readonly OpenExemption[];
}

/**
 * The intent of a whole cluster: its own flows, SSH through the bastion alone, the API for its clients, the rest closed.
 * Not yet checked: pass it to `check`.
 */
export function clusterIntent(props: ClusterIntentProps): Intent {
  const { apiServers, etcd = apiServers, workers, bastion, admins, pods, loadBalancer = {}, nodePorts = [] } = props;
  const api = tcp(props.apiServerPort ?? 6443);
  const ssh = tcp(props.sshPort ?? 22);
  const apiClients = props.apiClients ?? admins;
  const behind = loadBalancer.hosts !== undefined || loadBalancer.networks !== undefined;
  const direct = !behind || loadBalancer.keepsClientAddress === true;
  // A group that is given and empty stays: a cloud knows its hosts by reference, and elsewhere it is refused by name.
  const groups: Group[] = [
    hosts('api-servers', 'API servers', apiServers, ['etcd', 'nodes', 'workers']),
    hosts('etcd', 'etcd', etcd, ['nodes', 'workers']),
    hosts('nodes', 'All nodes', distinct([...apiServers, ...(workers ?? [])]), ['workers']),
    ...(workers === undefined ? [] : [hosts('workers', 'Workers', workers)]),
    ...(bastion === undefined ? [] : [hosts('bastion', 'Bastion', bastion)]),
    ...(loadBalancer.hosts === undefined ? [] : [hosts('load-balancer', 'Load balancer', loadBalancer.hosts)]),
    ...(loadBalancer.networks === undefined
      ? []
      : [networks('load-balancers', "Cloud's load balancers", loadBalancer.networks)]),
    ...(admins === undefined || bastion === undefined ? [] : [networks('admins', 'Admins', admins)]),
    ...(apiClients === undefined || !(direct || loadBalancer.hosts !== undefined)
      ? []
      : [networks('api-clients', 'Users of the API', apiClients)]),
    ...(pods === undefined ? [] : [networks('pods', 'Pods', pods)]),
    ...nodePorts.flatMap(({ from }, index) =>
      from === undefined ? [] : [networks(nodePortClients(index), 'Users of node ports', from)],
    ),
    ...(props.groups ?? []),
  ];
  const known = new Set(groups.map(({ name }) => name));
  const rows: Row[] = [
    {
      from: 'nodes',
      to: 'api-servers',
      ports: [api],
      reason: 'Kubelets, proxies and agents watch the API server.',
      source: sources.kubernetes,
      breaks: 'nodes become NotReady and their pods are moved away',
    },
    ...etcdRows,
    {
      from: 'api-servers',
      to: 'nodes',
      ports: [tcp(10250)],
      reason: 'The API server asks kubelets for logs, exec and port-forward.',
      source: sources.kubernetes,
      breaks: 'kubectl logs, exec and port-forward fail',
    },
    {
      from: 'pods',
      to: 'api-servers',
      ports: [api],
      reason: 'Pods use the API by their own address.',
      source: sources.kubernetes,
      breaks: 'controllers and operators in pods lose the API',
    },
    ...accessRows(props, api, ssh, direct),
    ...cniRows(typeof props.cni === 'string' ? { name: props.cni } : props.cni),
  ].filter(({ from, to }) => known.has(from) && known.has(to));
  const balancers = ['load-balancer', 'load-balancers'].filter((name) => known.has(name));
  // Asked for by name: a group that is missing for them is an error of the intent, not a row to leave out.
  const asked: Row[] = [
    ...(props.metricsServer === undefined || props.metricsServer === 'none'
      ? []
      : [
          {
            from: props.metricsServer,
            to: 'nodes',
            ports: [tcp(10250)],
            reason: 'metrics-server scrapes kubelets.',
            source: sources.metricsServer,
          },
        ]),
    ...nodePorts.flatMap(({ from, ports, reason }, index): Row[] =>
      (from !== undefined ? [nodePortClients(index)] : balancers.length > 0 ? balancers : ['load-balancer']).map(
        (name) => ({ from: name, to: 'nodes', ports, reason, source: sources.nodePorts }),
      ),
    ),
  ];
  return {
    groups,
    flows: [...[...rows, ...asked].map(({ breaks, ...flow }) => flow), ...(props.flows ?? [])],
    required: [...requirements(rows), ...(bastion === undefined || admins !== undefined ? [] : [nobodyEnters(ssh)])],
    guarded: guarded(api, ssh),
    ...(props.exemptions !== undefined && { exemptions: props.exemptions }),
  };
}

function nobodyEnters(ssh: PortRange): Requirement {
  return {
    from: 'admins',
    to: 'bastion',
    ports: [ssh],
    breaks: 'nobody can log in to the bastion, nor to anything behind it',
  };
}

function accessRows(props: ClusterIntentProps, api: PortRange, ssh: PortRange, direct: boolean): Row[] {
  const breaks = 'nobody outside the cluster can use kubectl';
  return [
    ...['nodes', 'etcd', 'load-balancer'].map((to) => ({
      from: 'bastion',
      to,
      ports: [ssh],
      reason: 'SSH goes through the bastion alone.',
      source: sources.hardening,
      breaks: 'nobody can log in to repair a host',
    })),
    {
      ...nobodyEnters(ssh),
      reason: 'Admins enter at the bastion.',
      source: sources.hardening,
    },
    ...[...(direct ? ['api-servers'] : []), 'load-balancer'].map((to) => ({
      from: 'api-clients',
      to,
      ports: [api],
      reason: 'People and machines outside use the API.',
      source: sources.kubernetes,
      breaks,
    })),
    {
      from: 'nodes',
      to: 'load-balancer',
      ports: [api],
      reason: 'Nodes use the API by its stable address.',
      source: sources.highAvailability,
      breaks: 'nodes become NotReady',
    },
    ...['load-balancer', 'load-balancers'].map((from) => ({
      from,
      to: 'api-servers',
      ports: [api],
      reason: 'The load balancer passes connections on and checks health.',
      source: sources.highAvailability,
      breaks: 'the load balancer takes every API server out of service',
    })),
    ...((props.nodePorts ?? []).length === 0 ? [] : ['load-balancer', 'load-balancers']).map((from) => ({
      from,
      to: 'nodes',
      ports: [tcp(10256)],
      reason: "The load balancer asks kube-proxy for the node's health.",
      source: sources.kubernetes,
    })),
  ];
}

/** A host that is API server and worker is listed once. */
function distinct(members: readonly Member[]): Member[] {
  return [
    ...new Map(members.map((member) => [typeof member === 'string' ? member : `host ${member.name}`, member])).values(),
  ];
}

function nodePortClients(index: number): string {
  return `node-port-clients-${index + 1}`;
}
