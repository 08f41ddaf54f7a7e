import { BlockList, isIPv6 } from 'node:net';

/** What a reader knows besides the emitted data: which hosts there are, and what was attached to them. */
export interface World {
  readonly hosts: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    /** Names of the groups whose security group, tag or label it carries. */
    readonly groups: readonly string[];
  }[];
}

export interface Packet {
  readonly src: string;
  readonly dst: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'ipip' | 'esp';
  readonly port?: number;
}

/** Whether a packet that begins a connection arrives. */
export type Reaches = (packet: Packet) => boolean;

/** A resource as it was emitted; its inputs are read as a platform reads a request. */
export interface Emitted {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: a platform's API takes any JSON, and a reader looks at it as the platform does.
export type Json = any;

export function inputsOf(
  resources: readonly Emitted[],
  type: string,
): { readonly name: string; readonly inputs: Json }[] {
  return resources.filter((resource) => resource.type === type).map(({ name, inputs }) => ({ name, inputs }));
}

export function isV6(address: string): boolean {
  return isIPv6(address);
}

export function groupsAt(world: World, address: string): readonly string[] {
  return world.hosts.find(({ addresses }) => addresses.includes(address))?.groups ?? [];
}

/** Whether the address is inside one of the CIDRs, by Node's own block lists. */
export function inside(cidrs: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network, length] = cidr.split('/');
    const family = isIPv6(network as string) ? 'ipv6' : 'ipv4';
    // Node would find an IPv4 address inside ::/0.
    if ((family === 'ipv6') !== isIPv6(address)) continue;
    if (length === undefined) list.addAddress(network as string, family);
    else list.addSubnet(network as string, Number(length), family);
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** What a platform would answer with an error. */
export function refuse(condition: boolean, why: string): void {
  if (condition) throw new Error(`the platform refuses this: ${why}`);
}
