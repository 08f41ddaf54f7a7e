/**
 * Stands in for the provider of a cloud, whose binary is in no package registry: names what it is given, echoes it as
 * outputs, and keeps it in a file, which a test may edit as if somebody had used the cloud's console.
 *
 * Arguments: the file, then the engine's address.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { main, type Provider } from '@pulumi/pulumi/provider';

interface Held {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/** What a cloud chooses itself, by type: addresses. */
const chosen: Record<string, (count: number) => Record<string, unknown>> = {
  'hcloud:index/server:Server': (count) => ({
    ipv4Address: `203.0.113.${count}`,
    ipv6Address: `2001:db8:0:${count}::1`,
  }),
};

const [file = ''] = process.argv.splice(2, 1);
const read = (): Record<string, Held> => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
const write = (held: Record<string, Held>) => writeFileSync(file, JSON.stringify(held, undefined, 2));

const echo: Provider = {
  version: '999.0.0',
  async check(_urn, _olds, news) {
    // The SDK for Node.js adds these to inputs for the engine's own use.
    return { inputs: without(news, ['__defaults']) };
  },
  async diff(_resource, urn, olds, news) {
    const { id: _id, ...before } = olds;
    const outputs = chosen[typeOf(urn)]?.(0) ?? {};
    return { changes: !isDeepStrictEqual(without(before, Object.keys(outputs)), news) };
  },
  async create(urn, inputs) {
    const type = typeOf(urn);
    const name = urn.split('::').at(-1) ?? '';
    const held = read();
    const next = Object.keys(held).reduce((last, id) => Math.max(last, Number(id.split('-').at(-1))), 0) + 1;
    const id = `${name}-${next}`;
    const outputs = chosen[type]?.(next) ?? {};
    write({ ...held, [id]: { type, name, inputs, outputs } });
    return { id, outs: { ...inputs, ...outputs } };
  },
  async read(id) {
    const found = read()[id];
    return found === undefined
      ? { id: '', props: {} }
      : { id, props: { ...found.inputs, ...found.outputs }, inputs: found.inputs };
  },
  async update(id, _urn, _olds, news) {
    const held = read();
    const found = held[id];
    if (found === undefined) throw new Error(`there is no ${id}`);
    write({ ...held, [id]: { ...found, inputs: news } });
    return { outs: { ...news, ...found.outputs } };
  },
  async delete(id) {
    const { [id]: gone, ...held } = read();
    if (gone === undefined) throw new Error(`there is no ${id}`);
    write(held);
  },
  async invoke(_token, inputs) {
    return { outputs: inputs };
  },
};

/** A URN names the types of all parents before the resource's own. */
function typeOf(urn: string): string {
  return urn.split('::')[2]?.split('$').at(-1) ?? '';
}

function without(object: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

void main(echo, process.argv.slice(2));
