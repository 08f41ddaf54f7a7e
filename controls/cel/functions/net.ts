import { CelError } from '../errors';
import { type CelObject, KubernetesObject } from '../values';
import type { Library } from './library';

/** 4 or 16 bytes as one number. */
class Ip extends KubernetesObject {
  readonly typeName = 'net.IP';
  constructor(
    readonly family: 4 | 6,
    readonly bits: bigint,
  ) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Ip && other.family === this.family && other.bits === this.bits;
  }
  override toText(): string {
    return this.family === 4 ? textOf4(this.bits) : textOf6(this.bits);
  }
  /** Whether the first bits are those of a network. */
  isIn(network: bigint, prefix: number): boolean {
    const rest = BigInt(sizeOf(this.family) - prefix);
    return this.bits >> rest === network >> rest;
  }
}

class Cidr extends KubernetesObject {
  readonly typeName = 'net.CIDR';
  constructor(
    readonly ip: Ip,
    readonly prefix: number,
  ) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Cidr && other.prefix === this.prefix && other.ip.equals(this.ip);
  }
  override toText(): string {
    return `${this.ip.toText()}/${this.prefix}`;
  }
  contains(ip: Ip): boolean {
    return ip.family === this.ip.family && ip.isIn(this.ip.bits, this.prefix);
  }
}

const sizeOf = (family: 4 | 6) => (family === 4 ? 32 : 128);

function textOf4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}

/** RFC 5952: lower case, the first of the longest runs of two or more zero groups as `::`. */
function textOf6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => Number((bits >> BigInt(112 - at * 16)) & 0xffffn));
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) {
      start = at;
      length = end - at;
    }
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function parse4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function parse6(text: string): bigint | undefined {
  // The last 32 bits may be written as an IPv4 address.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let colons = text;
  if (dotted) {
    const low = parse4(dotted[2] ?? '');
    if (low === undefined) return undefined;
    colons = `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const halves = colons.split('::');
  if (halves.length > 2) return undefined;
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - before.length - after.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array(missing).fill('0'), ...after];
  if (!groups.every((group) => /^[\da-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** Neither zones nor IPv4 addresses in IPv6 form, as Kubernetes has it. */
function parseIp(text: string): Ip | undefined {
  if (!text.includes(':')) {
    const bits = parse4(text);
    return bits === undefined ? undefined : new Ip(4, bits);
  }
  const bits = parse6(text);
  return bits === undefined || bits >> 32n === 0xffffn ? undefined : new Ip(6, bits);
}

function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf('/');
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (ip === undefined || !/^(0|[1-9]\d*)$/.test(prefix) || Number(prefix) > sizeOf(ip.family)) return undefined;
  return new Cidr(ip, Number(prefix));
}

function toIp(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new CelError(`not an IP address: ${JSON.stringify(text)}`);
  return ip;
}

function toCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new CelError(`not a network in CIDR notation: ${JSON.stringify(text)}`);
  return cidr;
}

function masked({ ip, prefix }: Cidr): Cidr {
  const rest = BigInt(sizeOf(ip.family) - prefix);
  return new Cidr(new Ip(ip.family, (ip.bits >> rest) << rest), prefix);
}

function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.prefix <= inner.prefix && outer.contains(inner.ip);
}

/** A test by the first bits of each family, as Go's netip has them. */
function within(network4: string, network6: string): (ip: Ip) => boolean {
  const networks = [toCidr(network4), toCidr(network6)];
  return (ip) => networks.some((network) => network.contains(ip));
}

const isLoopback = within('127.0.0.0/8', '::1/128');
// The second digit of an IPv6 multicast address are flags, the fourth is the scope.
const isLinkLocalMulticast = (ip: Ip) =>
  ip.family === 4 ? toCidr('224.0.0.0/24').contains(ip) : ((ip.bits >> 112n) & 0xff0fn) === 0xff02n;
const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10');
const isMulticast = within('224.0.0.0/4', 'ff00::/8');
const isUnspecified = (ip: Ip) => ip.bits === 0n;
const isBroadcast = (ip: Ip) => ip.family === 4 && ip.bits === 0xffffffffn;

/** Kubernetes' ip and cidr libraries (k8s.io/apiserver/pkg/cel/library/{ip,cidr}.go). */
export const net: Library = {
  'ip(string): IP': toIp,
  'isIP(string): bool': (text: string) => parseIp(text) !== undefined,
  'ip.isCanonical(string): bool': (text: string) => toIp(text).toText() === text,
  'string(IP): string': (ip: Ip) => ip.toText(),
  '<IP>.family(): int': ({ family }: Ip) => family,
  '<IP>.isUnspecified(): bool': isUnspecified,
  '<IP>.isLoopback(): bool': isLoopback,
  '<IP>.isLinkLocalMulticast(): bool': isLinkLocalMulticast,
  '<IP>.isLinkLocalUnicast(): bool': isLinkLocalUnicast,
  '<IP>.isGlobalUnicast(): bool': (ip: Ip) =>
    !isUnspecified(ip) && !isBroadcast(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip),

  'cidr(string): CIDR': toCidr,
  'isCIDR(string): bool': (text: string) => parseCidr(text) !== undefined,
  'string(CIDR): string': (cidr: Cidr) => cidr.toText(),
  '<CIDR>.containsIP(string): bool': (cidr: Cidr, text: string) => cidr.contains(toIp(text)),
  '<CIDR>.containsIP(IP): bool': (cidr: Cidr, ip: Ip) => cidr.contains(ip),
  '<CIDR>.containsCIDR(string): bool': (cidr: Cidr, text: string) => containsCidr(cidr, toCidr(text)),
  '<CIDR>.containsCIDR(CIDR): bool': containsCidr,
  '<CIDR>.ip(): IP': ({ ip }: Cidr) => ip,
  '<CIDR>.prefixLength(): int': ({ prefix }: Cidr) => prefix,
  '<CIDR>.masked(): CIDR': masked,
};
