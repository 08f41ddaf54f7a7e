import { intersect, parseAddresses } from './addresses';
import type { CheckedIntent } from './check';
import type { Packet } from './intent';

/**
 * Whether the intent allows a packet that begins a connection to one of its hosts.
 *
 * @throws RangeError when an address cannot be read
 */
export function allows(intent: CheckedIntent, packet: Packet): boolean {
  const [src, dst] = [[parseAddresses(packet.src)], [parseAddresses(packet.dst)]];
  return intent.rules.some(
    ({ from, to, protocol, ports }) =>
      protocol === packet.protocol &&
      (ports === undefined || (packet.port !== undefined && ports.from <= packet.port && packet.port <= ports.to)) &&
      intersect(from.addresses, src).length > 0 &&
      intersect(to.addresses, dst).length > 0,
  );
}
