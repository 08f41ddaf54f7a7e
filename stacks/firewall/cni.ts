import { type PortRange, ping, tcp, udp } from './intent';
import type { Row } from './rows';

/** How pods on different nodes reach one another. */
export type Cni =
  | {
      readonly name: 'calico';
      /** @default 'ipip' */
      readonly mode?: 'bgp' | 'ipip' | 'vxlan';
      /** The operator always runs Typha. @default true */
      readonly typha?: boolean;
      /** @default false */
      readonly wireguard?: boolean;
    }
  | {
      readonly name: 'cilium';
      /** @default 'vxlan' */
      readonly mode?: 'vxlan' | 'geneve' | 'native';
      /** @default - none */
      readonly encryption?: 'wireguard' | 'ipsec';
      /** Whether Hubble Relay asks the agents for flows. @default false */
      readonly hubble?: boolean;
    }
  | {
      readonly name: 'flannel';
      /** @default 'vxlan' */
      readonly mode?: 'vxlan' | 'host-gw' | 'udp' | 'wireguard';
    }
  /** Another: give its flows in `flows`. */
  | { readonly name: 'other' };

const calicoPorts = 'https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements';
const ciliumPorts = 'https://docs.cilium.io/en/stable/operations/system_requirements/#firewall-rules';
const flannelPorts = 'https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md';

const cut = 'pods on different nodes cannot reach one another';

/** What the CNI needs between nodes. Native routing (BGP, host-gw) needs the network to let pods' own addresses through. */
export function cniRows(cni: Cni): Row[] {
  const between = (ports: PortRange, reason: string, source: string, breaks?: string): Row => ({
    from: 'nodes',
    to: 'nodes',
    ports: [ports],
    reason,
    source,
    ...(breaks !== undefined && { breaks }),
  });
  switch (cni.name) {
    case 'calico': {
      const mode = cni.mode ?? 'ipip';
      return [
        ...(mode === 'vxlan' ? [between(udp(4789), 'Calico carries pods in VXLAN.', calicoPorts, cut)] : []),
        ...(mode === 'ipip'
          ? [between({ protocol: 'ipip' }, 'Calico carries pods in IP-in-IP.', calicoPorts, cut)]
          : []),
        ...(mode === 'vxlan' ? [] : [between(tcp(179), 'Calico exchanges routes by BGP.', calicoPorts, cut)]),
        ...(cni.typha === false
          ? []
          : [between(tcp(5473), "Calico's agents get policy from Typha.", calicoPorts, 'new policy reaches no node')]),
        ...(cni.wireguard === true
          ? [between(udp(51820, 51821), 'Calico encrypts between nodes (WireGuard, IPv4 and IPv6).', calicoPorts, cut)]
          : []),
      ];
    }
    case 'cilium':
      return [
        ...((cni.mode ?? 'vxlan') === 'vxlan'
          ? [between(udp(8472), 'Cilium carries pods in VXLAN.', ciliumPorts, cut)]
          : []),
        ...(cni.mode === 'geneve' ? [between(udp(6081), 'Cilium carries pods in Geneve.', ciliumPorts, cut)] : []),
        ...(cni.encryption === 'wireguard'
          ? [between(udp(51871), 'Cilium encrypts between nodes (WireGuard).', ciliumPorts, cut)]
          : []),
        ...(cni.encryption === 'ipsec'
          ? [between({ protocol: 'esp' }, 'Cilium encrypts between nodes (IPsec).', ciliumPorts, cut)]
          : []),
        between(tcp(4240), 'Cilium checks the health of nodes.', ciliumPorts, 'Cilium reports every node unreachable'),
        between(ping, 'Cilium checks the health of nodes.', ciliumPorts),
        ...(cni.hubble === true
          ? ['nodes', 'pods'].map((from) => ({
              from,
              to: 'nodes',
              ports: [tcp(4244)],
              reason: 'Hubble Relay collects flows from agents.',
              source: ciliumPorts,
            }))
          : []),
      ];
    case 'flannel':
      switch (cni.mode ?? 'vxlan') {
        case 'vxlan':
          return [between(udp(8472), 'Flannel carries pods in VXLAN.', flannelPorts, cut)];
        case 'udp':
          return [between(udp(8285), 'Flannel carries pods in UDP.', flannelPorts, cut)];
        case 'wireguard':
          return [between(udp(51820, 51821), 'Flannel carries pods in WireGuard (IPv4 and IPv6).', flannelPorts, cut)];
        default:
          return [];
      }
    default:
      return [];
  }
}
