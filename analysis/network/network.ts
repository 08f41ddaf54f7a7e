import { type Inventory, type InventoryObject, valueAt } from '../../inventory';
import { type Because, type Flow, formatPeer, type Peer } from './flow';
import { ByLabels, BySelector } from './lookup';
import {
  type Direction,
  directions,
  type NamedPort,
  type Policy,
  type Rule,
  type RulePeer,
  readPolicy,
} from './policy';
import { allPorts, intersect, isEmpty, noPorts, type PortSet, unite } from './ports';
import { everything, type Labels, matches, type Selector } from './selector';
import { isObject } from './values';
import { portsAt, type Workload, workloadsOf } from './workload';

/** The label that every namespace has, with its own name: https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** The NetworkPolicies that restrict a workload, by direction; where there are none, everything is allowed. */
export type Isolation = Readonly<Record<Direction, readonly Policy[]>>;

/** What may pass from one workload to another, and by which rules. */
export interface Reach {
  readonly ports: PortSet;
  readonly because: Because;
}

interface Namespace {
  readonly labels: Labels;
  readonly workloads: ByLabels<Workload>;
  readonly policies: BySelector<Policy>;
}

const anyone: Peer = { type: 'anyone' };

/**
 * What the NetworkPolicies of an inventory let pods do, as Kubernetes defines it: a connection passes where the source's
 * egress and the destination's ingress both allow it.
 *
 * Pods of the host's network are not seen by policies, and an ipBlock is never held against a pod, as manifests do not
 * say what addresses pods and nodes have: see the flows to and from addresses. Policies of other APIs are not read.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class Network {
  public readonly workloads: readonly Workload[];
  private readonly namespaces: ReadonlyMap<string, Namespace>;
  private readonly isolations = new Map<Workload, Isolation>();

  public constructor(inventory: Inventory) {
    this.workloads = workloadsOf(inventory);
    this.namespaces = namespacesOf(inventory, this.workloads);
  }

  /** The policies that select a workload. Costs no more than the policies that could. */
  public isolation(workload: Workload): Isolation {
    const known = this.isolations.get(workload);
    if (known !== undefined) return known;
    const policies = workload.hostNetwork
      ? []
      : (this.namespaces.get(workload.namespace)?.policies.selecting(workload.labels) ?? []);
    const isolation = {
      ingress: policies.filter(({ ingress }) => ingress !== undefined),
      egress: policies.filter(({ egress }) => egress !== undefined),
    };
    this.isolations.set(workload, isolation);
    return isolation;
  }

  /**
   * What may pass from the pods of one workload to those of another; between two pods of a workload, where both are the
   * same. That a pod always reaches itself is only said of a lone Pod.
   */
  public reach(from: Workload, to: Workload): Reach {
    if (from === to && from.object.kind === 'Pod') return { ports: allPorts, because: { egress: [], ingress: [] } };
    const egress = this.side('egress', from, to, to);
    const ingress = this.side('ingress', to, from, to);
    const ports = intersect(egress.ports, ingress.ports);
    const contributes = (rule: Rule) => !isEmpty(intersect(portsAt(to, rule), ports));
    return {
      ports,
      because: { egress: egress.rules.filter(contributes), ingress: ingress.rules.filter(contributes) },
    };
  }

  /**
   * Every flow that is allowed, by source and destination. A side that nothing restricts is summed up as one flow from
   * or to `anyone`; two workloads are listed as a pair where a policy restricts either of them.
   *
   * Grows with what policies allow: where they let everyone talk to everyone, with the square of the workloads.
   */
  public flows(): Flow[] {
    const pairs = new Pairs(this);
    const flows: Flow[] = [];
    for (const workload of this.workloads) {
      flows.push(...this.flowsWithStrangers(workload));
      for (const direction of directions) this.addNamed(workload, direction, pairs);
    }
    return sorted([...flows, ...pairs.flows]);
  }

  /** The flows from and to one workload. */
  public flowsOf(workload: Workload): Flow[] {
    const pairs = new Pairs(this);
    for (const direction of directions) {
      if (this.isolation(workload)[direction].length > 0) this.addNamed(workload, direction, pairs);
      else for (const other of this.restricted(opposite(direction))) pairs.add(direction, workload, other);
    }
    return sorted([...this.flowsWithStrangers(workload), ...pairs.flows]);
  }

  /** What one side of a connection allows. */
  private side(
    direction: Direction,
    subject: Workload,
    other: Workload,
    to: Workload,
  ): { ports: PortSet; rules: Rule[] } {
    const policies = this.isolation(subject)[direction];
    if (policies.length === 0) return { ports: allPorts, rules: [] };
    const rules = rulesOf(policies, direction).filter(({ peers, policy }) => {
      return peers === 'anyone' || peers.some((peer) => this.includes(peer, policy, other));
    });
    return { ports: rules.reduce((ports, rule) => unite(ports, portsAt(to, rule)), noPorts), rules };
  }

  private includes(peer: RulePeer, policy: InventoryObject, workload: Workload): boolean {
    if (peer.type === 'addresses' || workload.hostNetwork || !matches(peer.pods, workload.labels)) return false;
    if (peer.namespaces === undefined) return workload.namespace === (policy.namespace ?? '');
    return matches(peer.namespaces, this.namespaces.get(workload.namespace)?.labels ?? {});
  }

  /** Adds the pairs that the rules of a workload name. */
  private addNamed(workload: Workload, direction: Direction, pairs: Pairs): void {
    for (const { peers, policy } of rulesOf(this.isolation(workload)[direction], direction)) {
      if (peers === 'anyone') {
        for (const other of this.restricted(opposite(direction))) pairs.add(direction, workload, other);
        continue;
      }
      for (const peer of peers) {
        if (peer.type === 'addresses') continue;
        for (const { workloads } of this.namespacesOfPeer(peer.namespaces, policy)) {
          for (const other of workloads.selectedBy(peer.pods)) pairs.add(direction, workload, other);
        }
      }
    }
  }

  private restricted(direction: Direction): Workload[] {
    return this.workloads.filter((workload) => this.isolation(workload)[direction].length > 0);
  }

  private namespacesOfPeer(selector: Selector | undefined, policy: InventoryObject): readonly Namespace[] {
    const name = selector === undefined ? (policy.namespace ?? '') : nameIn(selector);
    if (name === undefined)
      return [...this.namespaces.values()].filter(({ labels }) => matches(selector ?? everything, labels));
    const namespace = this.namespaces.get(name);
    return namespace === undefined ? [] : [namespace];
  }

  /** Flows between a workload and what the inventory does not have. */
  private flowsWithStrangers(workload: Workload): Flow[] {
    return directions.flatMap((direction) => {
      const policies = this.isolation(workload)[direction];
      const flow = (peer: Peer, ports: PortSet, namedPorts: readonly NamedPort[], rules: readonly Rule[]): Flow =>
        direction === 'egress'
          ? { from: workload, to: peer, ports, namedPorts, because: { egress: rules, ingress: [] } }
          : { from: peer, to: workload, ports, namedPorts, because: { egress: [], ingress: rules } };
      if (policies.length === 0) return [flow(anyone, allPorts, [], [])];

      const byPeer = new Map<string, { readonly peer: Peer; readonly rules: Rule[] }>();
      for (const rule of rulesOf(policies, direction)) {
        for (const peer of this.strangersOf(rule)) {
          const key = JSON.stringify(peer);
          const known = byPeer.get(key);
          if (known === undefined) byPeer.set(key, { peer, rules: [rule] });
          else if (!known.rules.includes(rule)) known.rules.push(rule);
        }
      }
      return [...byPeer.values()].flatMap(({ peer, rules }) => {
        // Which ports have what names is known of this workload, and not of strangers.
        const ports = rules
          .map((rule) => (direction === 'ingress' ? portsAt(workload, rule) : rule.ports))
          .reduce(unite);
        const namedPorts = direction === 'ingress' ? [] : distinct(rules.flatMap((rule) => rule.namedPorts));
        return isEmpty(ports) && namedPorts.length === 0 ? [] : [flow(peer, ports, namedPorts, rules)];
      });
    });
  }

  /** Whom a rule lets in or out beside workloads of the inventory that it singles out by name and label. */
  private strangersOf({ peers, policy }: Rule): Peer[] {
    if (peers === 'anyone') return [anyone];
    return peers.flatMap((peer): Peer[] => {
      if (peer.type === 'addresses') return [peer];
      const name = peer.namespaces === undefined ? (policy.namespace ?? '') : nameIn(peer.namespaces);
      const isKnown =
        name !== undefined &&
        peer.pods.length > 0 &&
        (this.namespaces.get(name)?.workloads.selectedBy(peer.pods).length ?? 0) > 0;
      return isKnown ? [] : [{ type: 'pods', namespaces: name ?? peer.namespaces ?? everything, pods: peer.pods }];
    });
  }
}

/** Flows between workloads, each pair asked about once. */
class Pairs {
  private readonly seen = new Map<Workload, Set<Workload>>();
  public readonly flows: Flow[] = [];

  public constructor(private readonly network: Network) {}

  public add(direction: Direction, subject: Workload, other: Workload): void {
    const [from, to] = direction === 'egress' ? [subject, other] : [other, subject];
    const seen = this.seen.get(from) ?? new Set();
    if (seen.has(to)) return;
    this.seen.set(from, seen.add(to));
    if (from === to && from.object.kind === 'Pod') return;
    const { ports, because } = this.network.reach(from, to);
    if (!isEmpty(ports)) this.flows.push({ from, to, ports, namedPorts: [], because });
  }
}

function namespacesOf(inventory: Inventory, workloads: readonly Workload[]): Map<string, Namespace> {
  const labels = new Map<string, Labels>();
  const policies = new Map<string, Policy[]>();
  const pods = new Map<string, Workload[]>();
  for (const object of inventory.objects) {
    if (object.group === '' && object.kind === 'Namespace') {
      const own = valueAt(object.value, ['metadata', 'labels']);
      labels.set(object.name, isObject(own) ? own : {});
    } else if (object.group === 'networking.k8s.io' && object.kind === 'NetworkPolicy') {
      append(policies, object.namespace ?? '', readPolicy(object));
    }
  }
  for (const workload of workloads) if (!workload.hostNetwork) append(pods, workload.namespace, workload);
  const names = new Set([...labels.keys(), ...policies.keys(), ...pods.keys()]);
  return new Map(
    [...names].map((name) => [
      name,
      {
        labels: { ...labels.get(name), ...(name !== '' && { [NAME_LABEL]: name }) },
        workloads: new ByLabels(pods.get(name) ?? []),
        policies: new BySelector(policies.get(name) ?? []),
      },
    ]),
  );
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function rulesOf(policies: readonly Policy[], direction: Direction): Rule[] {
  return policies.flatMap((policy) => policy[direction] ?? []);
}

function opposite(direction: Direction): Direction {
  return direction === 'egress' ? 'ingress' : 'egress';
}

/** The one namespace that a selector settles for by name. */
function nameIn(selector: Selector): string | undefined {
  const [only, ...others] = selector;
  if (only === undefined || others.length > 0 || only.key !== NAME_LABEL || only.operator !== 'In') return undefined;
  return only.values.length === 1 ? only.values[0] : undefined;
}

function distinct(ports: readonly NamedPort[]): NamedPort[] {
  return ports.filter((port, index) => {
    return ports.findIndex(({ name, protocol }) => name === port.name && protocol === port.protocol) === index;
  });
}

function sorted(flows: readonly Flow[]): Flow[] {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return flows
    .map((flow) => ({ flow, from: formatPeer(flow.from), to: formatPeer(flow.to) }))
    .sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to))
    .map(({ flow }) => flow);
}
