import { parseAddresses, show, size, toSet } from '../firewall/addresses';

export interface OpeningProps {
  /** Single addresses or networks, for as long as it lasts. */
  readonly from: readonly string[];
  /** 1 to 480. */
  readonly minutes: number;
  /** @default 22 */
  readonly port?: number;
}

/**
 * Rules for `nft -f` that open a port for a while on a host with a rule set of ours. The kernel closes it by itself, even
 * when nobody is there any more: the addresses are elements of sets that expire. Connections made meanwhile go on.
 * What is left then is an opening for nobody; a refresh shows it, and the next update takes it away.
 *
 * For where SSH is off: it is brought to the host's console, or by `kubectl debug node/NAME`.
 *
 * @throws RangeError where the addresses or the minutes are not what they must be
 */
export function temporaryOpening({ from, minutes, port = 22 }: OpeningProps): string {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 480)
    throw new RangeError(`minutes is ${minutes}; expected 1 to 480 (a working day)`);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError(`port is ${port}; expected 1 to 65535`);
  if (from.length === 0) throw new RangeError('from is empty; give the address that it is opened to');
  const all = toSet(from.map(parseAddresses));
  // A room of people, not a provider: an IPv4 /16, an IPv6 /32.
  if (size(all, 4) > 2n ** 16n || size(all, 6) > 2n ** 96n)
    throw new RangeError(`${show(all)} is too wide; give the addresses that it is opened to`);
  return [4, 6]
    .flatMap((family) => {
      const addresses = from.filter((each) => parseAddresses(each).family === family);
      if (addresses.length === 0) return [];
      const set = `opening-${port}-ipv${family}`;
      return [
        `add set inet casemate ${set} { type ipv${family}_addr; flags interval, timeout; }`,
        ...addresses.map((each) => `add element inet casemate ${set} { ${each} timeout ${minutes}m }`),
        `insert rule inet casemate judge ${family === 4 ? 'ip' : 'ip6'} saddr @${set} tcp dport ${port} counter accept comment "opened for a while"`,
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}
