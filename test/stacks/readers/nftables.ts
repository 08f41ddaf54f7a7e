/**
 * Reads a rule set as the kernel does: base chains by hook and priority, sets, jumps, verdicts. Anything it does not know
 * is an error.
 */

import { inside, isV6, type Packet } from './world';

interface Chain {
  readonly hook?: string;
  readonly policy?: string;
  readonly rules: readonly (readonly string[])[];
}

export interface Arrival {
  /** Where the connection is turned to before the host's own chains: a pod elsewhere, or a port of this host. @default - nowhere */
  readonly translatedTo?: 'a pod' | number;
}

type Verdict = 'accept' | 'drop' | 'return';

export function readNftables(text: string): (packet: Packet, arrival?: Arrival) => boolean {
  const { chains, sets } = parse(text);
  const run = (chain: string, packet: Packet, port: number | undefined, translated: boolean): Verdict => {
    for (const rule of chains.get(chain)?.rules ?? []) {
      const action = evaluate(rule, packet, port, translated, sets);
      if (action === undefined) continue;
      if (action.verb === 'accept' || action.verb === 'drop') return action.verb;
      const inner = run(action.chain as string, packet, port, translated);
      if (inner !== 'return') return inner;
      if (action.verb === 'goto') return 'return';
    }
    return 'return';
  };
  const hook = (name: string, packet: Packet, port: number | undefined, translated: boolean) =>
    [...chains].every(([chain, { hook: at, policy }]) => {
      if (at !== name) return true;
      const verdict = run(chain, packet, port, translated);
      return (verdict === 'return' ? policy : verdict) === 'accept';
    });
  return (packet, { translatedTo } = {}) => {
    if (!hook('prerouting', packet, packet.port, false)) return false;
    if (translatedTo === 'a pod') return true;
    return hook('input', packet, translatedTo ?? packet.port, translatedTo !== undefined);
  };
}

function parse(text: string) {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.slice(0, 2).join('; ') !== 'table inet casemate; delete table inet casemate')
    throw new Error('the transaction does not begin by replacing the table');
  const chains = new Map<string, Chain>();
  const sets = new Map<string, string[]>();
  let index = lines.indexOf('table inet casemate {') + 1;
  if (index === 0) throw new Error('there is no table');
  const block = (): string[] => {
    const inner: string[] = [];
    for (let depth = 1; ; ) {
      const line = lines[index++];
      if (line === undefined) throw new Error('a block is not closed');
      if (line === '}' && --depth === 0) return inner;
      if (line.endsWith('{')) depth++;
      inner.push(line);
    }
  };
  while (lines[index] !== '}') {
    const [, kind, name] = /^(set|chain) (\S+) \{$/.exec(lines[index++] ?? '') ?? [];
    if (kind === undefined || name === undefined) throw new Error(`unknown line ${lines[index - 1]}`);
    const inner = block();
    if (kind === 'set')
      sets.set(
        name,
        inner.slice(3, -1).map((element) => element.replace(/,$/, '')),
      );
    else {
      const [, at, policy] = /^type filter hook (\w+) priority \w+; policy (\w+);$/.exec(inner[0] ?? '') ?? [];
      const rules = (at === undefined ? inner : inner.slice(1)).map(
        (line) => line.match(/"[^"]*"|\{[^}]*\}|\S+/g) ?? [],
      );
      chains.set(name, { rules, ...(at !== undefined && { hook: at }), ...(policy !== undefined && { policy }) });
    }
  }
  return { chains, sets };
}

/** The verdict of a rule, if the packet matches it. The packet begins a connection and came in by eth0, from far away. */
function evaluate(
  rule: readonly string[],
  packet: Packet,
  port: number | undefined,
  translated: boolean,
  sets: ReadonlyMap<string, readonly string[]>,
): { readonly verb: string; readonly chain?: string } | undefined {
  const tokens = [...rule];
  const next = () => tokens.shift() ?? '';
  const source = (v6: boolean, operand: string) => {
    if (isV6(packet.src) !== v6) return false;
    if (!operand.startsWith('@')) return inside([operand], packet.src);
    const set = sets.get(operand.slice(1));
    if (set === undefined) throw new Error(`there is no set ${operand}`);
    return inside(set, packet.src);
  };
  const within = (range: string, value: number | undefined) => {
    const [first, last = first] = range.split('-').map(Number);
    return value !== undefined && value >= (first ?? 0) && value <= (last ?? 0);
  };
  const wanted = (operand: string) => operand.replace(/[{}\s]/g, '').split(',');
  while (tokens.length > 0) {
    const token = next();
    let holds = true;
    switch (token) {
      case 'counter':
        break;
      case 'comment':
        next();
        break;
      case 'accept':
      case 'drop':
        return { verb: token };
      case 'jump':
      case 'goto':
        return { verb: token, chain: next() };
      case 'iifname':
        holds = next() === '"eth0"';
        break;
      case 'fib':
        if (tokens.splice(0, 4).join(' ') !== 'daddr type != local') throw new Error('unknown fib expression');
        holds = false;
        break;
      case 'ct':
        switch (next()) {
          case 'state':
            holds = wanted(next()).includes('new');
            break;
          case 'status':
            holds = next() === 'dnat' && translated;
            break;
          case 'original':
            next();
            holds = within(next(), packet.port);
            break;
          default:
            throw new Error('unknown ct expression');
        }
        break;
      case 'meta':
        if (next() === 'nfproto') holds = next() === (isV6(packet.src) ? 'ipv6' : 'ipv4');
        else
          holds =
            next() === { tcp: 'tcp', udp: 'udp', sctp: 'sctp', icmp: 'icmp', ipip: '4', esp: 'esp' }[packet.protocol];
        break;
      case 'ip':
      case 'ip6':
        if (next() === 'saddr') holds = source(token === 'ip6', next());
        else holds = isV6(packet.src) && next() === '64';
        break;
      case 'icmp':
      case 'icmpv6':
        next();
        holds =
          packet.protocol === 'icmp' &&
          isV6(packet.src) === (token === 'icmpv6') &&
          wanted(next()).includes('echo-request');
        break;
      case 'tcp':
      case 'udp':
      case 'sctp': {
        const value = next() === 'sport' ? 40000 : port;
        holds = packet.protocol === token && within(next(), value);
        break;
      }
      default:
        throw new Error(`unknown expression ${token} in ${rule.join(' ')}`);
    }
    if (!holds) return undefined;
  }
  return undefined;
}
