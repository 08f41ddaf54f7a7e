import * as kplus from 'cdk8s-plus-27';
import { Construct, type IConstruct } from 'constructs';
import { allowDns } from './dns';
import { isInHardenedNamespace, namespaceOf } from './scope';

/** A port of the destination: its number (TCP), the name of one of its container ports, or anything cdk8s-plus can say. */
export type ConnectionPort = number | string | kplus.NetworkPolicyPort;

export interface ConnectionOptions {
  /** Ports of the destination. @default - all ports that the destination's containers declare */
  readonly ports?: readonly ConnectionPort[];
  /** Opens only one side: POD this one, PEER the other. @default - both */
  readonly isolation?: kplus.PodConnectionsIsolation;
}

/** Pods that somebody else runs. */
export interface ForeignPods {
  /** Name of their namespace. */
  readonly namespace: string;
  /** Labels they carry. @default - all pods of the namespace */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AddressOptions {
  /** Ports of the destination. @default - for `allowFromCidr` the workload's own; `allowToCidr` must name them */
  readonly ports?: readonly ConnectionPort[];
  /** Ranges inside the first that are not meant. @default - none */
  readonly except?: readonly string[];
}

type Direction = 'Egress' | 'Ingress';

/** A NetworkPolicy that holds each rule once. */
class Rules {
  private readonly known = new Set<string>();

  public constructor(private readonly policy: kplus.NetworkPolicy) {}

  public add(direction: Direction, peer: kplus.INetworkPolicyPeer, ports: kplus.NetworkPolicyPort[]): void {
    const key = JSON.stringify([direction, peer.node.path, ports]);
    if (this.known.has(key)) return;
    this.known.add(key);
    if (direction === 'Egress') this.policy.addEgressRule(peer, ports);
    else this.policy.addIngressRule(peer, ports);
  }
}

const rulesOf = new WeakMap<IConstruct, Rules>();

/**
 * The network connections of a workload: none but those that are opened here. All rules of a workload are in one
 * NetworkPolicy of its name; outside of a `HardenedNamespace` it allows DNS too.
 */
export class Connections extends kplus.PodConnections {
  /** The workload's own policy, for rules that cannot be said here. */
  public readonly policy: kplus.NetworkPolicy;

  public constructor(workload: kplus.AbstractPod) {
    super(workload);
    const deny = { default: kplus.NetworkPolicyTrafficDefault.DENY };
    this.policy = new kplus.NetworkPolicy(workload, 'NetworkPolicy', {
      metadata: placedMetadata(workload, workload.name),
      selector: workload,
      ingress: deny,
      egress: deny,
    });
    if (!isInHardenedNamespace(workload)) allowDns(this.policy, 'kubernetes');
    rulesOf.set(workload, new Rules(this.policy));
  }

  /**
   * Opens the flow to a peer on both sides, to the peer's ports and nothing else. Calling it again changes nothing.
   *
   * @throws RangeError where the ports are not known, or the peer's side cannot be opened
   */
  public override allowTo(peer: kplus.INetworkPolicyPeer, options: ConnectionOptions = {}): void {
    this.open('Egress', peer, this.portsOf(peer, options.ports), options.isolation);
  }

  /**
   * Opens the flow from a peer on both sides, to this workload's ports and nothing else. Calling it again changes
   * nothing.
   *
   * @throws RangeError where the ports are not known, or the peer's side cannot be opened
   */
  public override allowFrom(peer: kplus.INetworkPolicyPeer, options: ConnectionOptions = {}): void {
    this.open('Ingress', peer, this.portsOf(this.instance, options.ports), options.isolation);
  }

  /** Opens this side of the flow to pods that somebody else runs. */
  public allowToPods(pods: ForeignPods, options: { readonly ports: readonly ConnectionPort[] }): void {
    const peer = this.foreign(pods);
    this.open('Egress', peer, this.portsOf(peer, options.ports), kplus.PodConnectionsIsolation.POD);
  }

  /** Opens this side of the flow from pods that somebody else runs, such as an ingress controller's. */
  public allowFromPods(pods: ForeignPods, options: { readonly ports?: readonly ConnectionPort[] } = {}): void {
    const ports = this.portsOf(this.instance, options.ports);
    this.open('Ingress', this.foreign(pods), ports, kplus.PodConnectionsIsolation.POD);
  }

  /** Opens the flow to addresses outside of the cluster, such as `203.0.113.0/24`. */
  public allowToCidr(cidr: string, options: AddressOptions): void {
    const peer = this.addresses(cidr, options.except);
    this.open('Egress', peer, this.portsOf(peer, options.ports), undefined);
  }

  /** Opens the flow from addresses outside of the cluster. What a load balancer forwards may show another address. */
  public allowFromCidr(cidr: string, options: AddressOptions = {}): void {
    const ports = this.portsOf(this.instance, options.ports);
    this.open('Ingress', this.addresses(cidr, options.except), ports, undefined);
  }

  /** Has nothing to do: a workload with these connections is isolated from the start. */
  public override isolate(): void {}

  private open(
    direction: Direction,
    peer: kplus.INetworkPolicyPeer,
    ports: kplus.NetworkPolicyPort[],
    isolation: kplus.PodConnectionsIsolation | undefined,
  ): void {
    if (isolation !== kplus.PodConnectionsIsolation.PEER) {
      rulesOf.get(this.instance)?.add(direction, placedPeer(peer, this.instance), ports);
    }
    const pods = peer.toPodSelector();
    if (isolation === kplus.PodConnectionsIsolation.POD || pods === undefined) return;
    const opposite = direction === 'Egress' ? 'Ingress' : 'Egress';
    for (const rules of this.rulesFor(pods)) rules.add(opposite, this.instance, ports);
  }

  /** The policies of the other side: its own, or one that is made for it in each of its namespaces. */
  private rulesFor(pods: kplus.IPodSelector): Rules[] {
    const own = rulesOf.get(pods);
    if (own !== undefined) return [own];
    const { namespaces } = placedSelector(pods, this.instance);
    if (
      namespaces?.labelSelector?.isEmpty() === false ||
      (namespaces !== undefined && namespaces.names === undefined)
    ) {
      throw new RangeError(
        `${this.instance.node.path}: connections cannot open the side of ${pods.node.path}, whose namespaces are chosen by labels; name them, or open this side only with isolation: PodConnectionsIsolation.POD`,
      );
    }
    return (namespaces?.names ?? [undefined]).map((namespace) => policyFor(pods, namespace));
  }

  private portsOf(destination: IConstruct, wanted: readonly ConnectionPort[] | undefined): kplus.NetworkPolicyPort[] {
    const declared = declaredPorts(destination);
    const where = `${this.instance.node.path}: connections`;
    if (wanted === undefined && declared.length === 0) {
      throw new RangeError(
        `${where}: ${destination.node.path} declares no port, and all ports would be too many; name them, as in { ports: [443] }`,
      );
    }
    return (wanted ?? declared.map(({ number, protocol }) => toPort(number, protocol))).map((port) => {
      if (typeof port === 'object') return port;
      const known = declared.find(({ name, number }) => name === port || number === port);
      if (known !== undefined) return toPort(known.number, known.protocol);
      if (typeof port === 'number') return toPort(port);
      const names = declared.flatMap(({ name }) => name ?? []).join(', ');
      throw new RangeError(
        `${where}: port is "${port}", expected the name of a port of ${destination.node.path} (${names || 'none has a name'}), or a number`,
      );
    });
  }

  private foreign({ namespace, labels = {} }: ForeignPods): kplus.Pods {
    const id = `Pods ${JSON.stringify([namespace, ...Object.entries(labels).sort()])}`;
    const known = this.policy.node.tryFindChild(id);
    if (known !== undefined) return known as kplus.Pods;
    const scope = new Construct(this.policy, `${id} of`);
    const namespaces = kplus.Namespaces.select(scope, 'Namespace', { names: [namespace] });
    return kplus.Pods.select(this.policy, id, { namespaces, labels: { ...labels } });
  }

  private addresses(cidr: string, except: readonly string[] = []): kplus.NetworkPolicyIpBlock {
    const id = `Addresses ${[cidr, ...except].join(' ')}`;
    const known = this.policy.node.tryFindChild(id);
    if (known !== undefined) return known as kplus.NetworkPolicyIpBlock;
    const factory = cidr.includes(':') ? kplus.NetworkPolicyIpBlock.ipv6 : kplus.NetworkPolicyIpBlock.ipv4;
    return factory(this.policy, id, cidr, except.length > 0 ? [...except] : undefined);
  }
}

function toPort(port: number, protocol: kplus.Protocol = kplus.Protocol.TCP): kplus.NetworkPolicyPort {
  return kplus.NetworkPolicyPort.of({ port, protocol: kplus.NetworkProtocol[protocol] });
}

function declaredPorts(destination: IConstruct): kplus.ContainerPort[] {
  if (!('containers' in destination)) return [];
  return (destination.containers as readonly kplus.Container[]).flatMap((container) => container.ports);
}

function policyFor(pods: kplus.IPodSelector, namespace: string | undefined): Rules {
  const id = `Connections${namespace === undefined ? '' : `-${namespace}`}`;
  const scope = pods.node.tryFindChild(id) ?? new Construct(pods as Construct, id);
  const known = rulesOf.get(scope);
  if (known !== undefined) return known;
  const policy = new kplus.NetworkPolicy(scope as Construct, 'NetworkPolicy', {
    metadata: { ...(namespace !== undefined && { namespace }) },
    selector: pods,
  });
  const rules = new Rules(policy);
  rulesOf.set(scope, rules);
  return rules;
}

/** The peer with its namespace said: plain cdk8s-plus constructs do not know which one they are composed in. */
function placedPeer(peer: kplus.INetworkPolicyPeer, from: IConstruct): kplus.INetworkPolicyPeer {
  const pods = peer.toPodSelector();
  if (pods === undefined) return peer;
  const podSelector = placedSelector(pods, from);
  return {
    node: peer.node,
    with: (...mixins) => peer.with(...mixins),
    toNetworkPolicyPeerConfig: () => ({ podSelector }),
    toPodSelector: () => pods,
  };
}

/** A selector without namespaces means its own, where it stands for one workload, and otherwise that of who asks. */
function placedSelector(pods: kplus.IPodSelector, from: IConstruct): kplus.PodSelectorConfig {
  const config = pods.toPodSelectorConfig();
  if (config.namespaces !== undefined) return config;
  const namespace = namespaceOf(pods instanceof kplus.AbstractPod ? pods : from);
  return namespace === undefined ? config : { ...config, namespaces: { names: [namespace] } };
}

function placedMetadata(construct: kplus.Resource, name: string) {
  const { namespace } = construct.metadata;
  return { name, ...(namespace !== undefined && { namespace }), labels: { 'app.kubernetes.io/name': name } };
}
