import { CelError } from '../errors';
import { type CelObject, KubernetesObject } from '../values';
import type { Library } from './library';
import { net } from './net';

/**
 * URLs as Go's net/url reads them, which is neither RFC 3986 nor what browsers do. Texts in here are strings of bytes, a
 * character for each byte of UTF-8, since `%ff` need not decode to UTF-8.
 */
class Url extends KubernetesObject {
  readonly typeName = 'kubernetes.URL';
  constructor(readonly parts: Parts) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Url && write(other.parts) === write(this.parts);
  }
}

interface Parts {
  readonly scheme: string;
  readonly opaque: string;
  readonly user: readonly [name: string, password?: string] | undefined;
  readonly host: string;
  /** Whether there is a scheme but no `//`. */
  readonly omitHost: boolean;
  /** As written. */
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string;
}

/** Why a text is no URL. */
class Invalid extends Error {}

type Section = 'host' | 'zone' | 'user' | 'path' | 'query' | 'fragment';

/** What Go leaves as it is in each section, beside letters, digits and `-_.~`. */
const plain: Readonly<Record<Section, string>> = {
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
  user: '$&+,;=',
  path: '$&+,/:;=@',
  query: '',
  fragment: '$&+,/:;=?@!()*',
};

const mustEscape = (character: string, section: Section) =>
  !/[\w\-.~]/.test(character) && !plain[section].includes(character);

const toBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const fromBytes = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8');

function encode(bytes: string, section: Section): string {
  return bytes.replace(/[\s\S]/g, (character) =>
    mustEscape(character, section)
      ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
      : character,
  );
}

function decode(bytes: string, section: Section): string {
  if (/%(?![\da-fA-F]{2})/.test(bytes)) throw new Invalid('invalid escape');
  if (section === 'host' || section === 'zone') {
    for (const [code, character] of bytes.matchAll(/%..|([\s\S])/g)) {
      if (character !== undefined) {
        if (character < '\x80' && mustEscape(character, section)) throw new Invalid('invalid character in host name');
      } else if (code !== '%25') {
        const byte = Number.parseInt(code.slice(1), 16);
        const allowed =
          section === 'host' ? byte >= 0x80 : byte === 0x20 || !mustEscape(String.fromCharCode(byte), 'host');
        if (!allowed) throw new Invalid('invalid escape');
      }
    }
  }
  const spaced = section === 'query' ? bytes.replaceAll('+', ' ') : bytes;
  return spaced.replace(/%(..)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** url.Parse, or url.ParseRequestURI where a path must be absolute and `#` is like any other character. */
function parse(text: string, request: boolean): Parts {
  const bytes = toBytes(text);
  const hash = request ? -1 : bytes.indexOf('#');
  const fragment = hash < 0 ? '' : bytes.slice(hash + 1);
  const whole = hash < 0 ? bytes : bytes.slice(0, hash);
  decode(fragment, 'fragment');
  if (Array.from(whole).some((character) => character < ' ' || character === '\x7f'))
    throw new Invalid('invalid control character');
  if (whole === '' && request) throw new Invalid('empty');
  const none = { scheme: '', opaque: '', user: undefined, host: '', omitHost: false, query: undefined, fragment };
  if (whole === '*') return { ...none, path: '*' };

  const scheme = (/^([a-zA-Z][a-zA-Z\d+.-]*):/.exec(whole)?.[1] ?? '').toLowerCase();
  if (whole.startsWith(':')) throw new Invalid('missing protocol scheme');
  let rest = scheme === '' ? whole : whole.slice(scheme.length + 1);
  const question = rest.indexOf('?');
  const query = question < 0 ? undefined : rest.slice(question + 1);
  if (question >= 0) rest = rest.slice(0, question);

  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...none, scheme, opaque: rest, query, path: '' };
    if (request) throw new Invalid('neither absolute nor with a scheme');
    if (rest.split('/', 1)[0]?.includes(':')) throw new Invalid('first path segment cannot contain colon');
  }
  let authority: Pick<Parts, 'user' | 'host'> = none;
  let omitHost = false;
  if (rest.startsWith('//') && (scheme !== '' || (!request && !rest.startsWith('///')))) {
    const slash = rest.indexOf('/', 2);
    authority = parseAuthority(scheme, slash < 0 ? rest.slice(2) : rest.slice(2, slash));
    rest = slash < 0 ? '' : rest.slice(slash);
  } else omitHost = scheme !== '' && rest.startsWith('/');
  decode(rest, 'path');
  return { ...none, ...authority, scheme, omitHost, query, path: rest };
}

function parseAuthority(scheme: string, authority: string): Pick<Parts, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const info = authority.slice(0, at);
  if (!/^[\w\-.:~!$&'()*+,;=%@]*$/.test(info)) throw new Invalid('invalid user information');
  const colon = info.indexOf(':');
  if (colon < 0) return { user: [decode(info, 'user')], host };
  return { user: [decode(info.slice(0, colon), 'user'), decode(info.slice(colon + 1), 'user')], host };
}

const isPort = (text: string) => /^(:\d*)?$/.test(text);

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new Invalid('invalid IP literal');
  if (open === 0) {
    const close = host.lastIndexOf(']');
    const port = host.slice(close + 1);
    if (close < 0 || !isPort(port)) throw new Invalid('invalid IP literal');
    const name = host.slice(1, close);
    const zone = name.indexOf('%25');
    const address = decode(zone < 0 ? name : name.slice(0, zone), 'host');
    const unescaped = zone < 0 ? address : address + decode(name.slice(zone), 'zone');
    if (!isIp6(unescaped)) throw new Invalid('invalid IP literal');
    return `[${unescaped}]${port}`;
  }
  // One colon only in http and https URLs (go.dev/issue/75223); others may list hosts.
  const colon = scheme === 'http' || scheme === 'https' ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon >= 0 && !isPort(host.slice(colon))) throw new Invalid('invalid port');
  return decode(host, 'host');
}

/** With a zone or not, and IPv4 addresses in IPv6 form too. */
function isIp6(text: string): boolean {
  const [address = '', ...zone] = text.split('%');
  if (!address.includes(':') || (zone.length > 0 && zone.join('%') === '')) return false;
  const isIp = net['isIP(string): bool'] as unknown as (text: string) => boolean;
  // isIP() refuses what starts with ::ffff:, which is valid with any other group there.
  return (
    isIp(address) ||
    isIp(address.replace(/^((?:0{1,4}:){5}|::)ffff:/i, '$1fffe:')) ||
    isIp(address.replace(/:ffff:/i, ':fffe:'))
  );
}

function escapedPath(path: string): string {
  if (path === '*') return '*';
  const valid = !/[\s\S]/.test(path.replace(/[\w\-.~!$&'()*+,;=:@[\]%/]/g, ''));
  return valid ? path : encode(decode(path, 'path'), 'path');
}

function escapedFragment(fragment: string): string {
  const valid = !/[\s\S]/.test(fragment.replace(/[\w\-.~!$&'()*+,;=:@[\]%/?]/g, ''));
  return valid ? fragment : encode(decode(fragment, 'fragment'), 'fragment');
}

/** url.String(), by which two URLs are compared. */
function write({ scheme, opaque, user, host, omitHost, path, query, fragment }: Parts): string {
  let text = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') text += opaque;
  else {
    const hasAuthority = scheme !== '' || host !== '' || user !== undefined;
    if (hasAuthority && !(omitHost && host === '' && user === undefined)) {
      if (host !== '' || path !== '' || user !== undefined) text += '//';
      if (user !== undefined) text += `${user.map((part) => encode(part ?? '', 'user')).join(':')}@`;
      text += encode(host, 'host');
    }
    const escaped = escapedPath(path);
    if (text === '' && escaped.split('/', 1)[0]?.includes(':')) text += './';
    text += escaped;
  }
  if (query !== undefined) text += `?${query}`;
  return fragment === '' ? text : `${text}#${escapedFragment(fragment)}`;
}

/** The host without port and brackets, and the port. */
function splitHost(host: string): [name: string, port: string] {
  const colon = host.lastIndexOf(':');
  const hasPort = colon >= 0 && isPort(host.slice(colon));
  const name = hasPort ? host.slice(0, colon) : host;
  return [/^\[.*\]$/s.test(name) ? name.slice(1, -1) : name, hasPort ? host.slice(colon + 1) : ''];
}

const maxParameters = 10_000;

function parseQuery(query: string): Map<unknown, unknown> {
  const values = new Map<string, string[]>();
  const pairs = query.split('&');
  if (pairs.length > maxParameters) return values;
  for (const pair of pairs) {
    if (pair === '' || pair.includes(';')) continue;
    const equal = pair.indexOf('=');
    try {
      const key = fromBytes(decode(equal < 0 ? pair : pair.slice(0, equal), 'query'));
      const value = equal < 0 ? '' : fromBytes(decode(pair.slice(equal + 1), 'query'));
      const known = values.get(key);
      if (known === undefined) values.set(key, [value]);
      else known.push(value);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
    }
  }
  return values;
}

/** What a text is as the URI of a request; the reason where it is none. */
export function invalidUri(text: string): string | undefined {
  try {
    parse(text, true);
    return undefined;
  } catch (error) {
    if (error instanceof Invalid) return error.message;
    throw error;
  }
}

function url(text: string): Url {
  const invalid = invalidUri(text);
  if (invalid !== undefined) throw new CelError(`not a URL: ${JSON.stringify(text)} (${invalid})`);
  try {
    return new Url(parse(text, false));
  } catch (error) {
    if (error instanceof Invalid) throw new CelError(`not a URL: ${JSON.stringify(text)} (${error.message})`);
    throw error;
  }
}

/** Kubernetes' URL library (k8s.io/apiserver/pkg/cel/library/urls.go). */
export const urls: Library = {
  'url(string): URL': url,
  'isURL(string): bool': (text: string) => invalidUri(text) === undefined,
  '<URL>.getScheme(): string': ({ parts }: Url) => parts.scheme,
  '<URL>.getHost(): string': ({ parts }: Url) => fromBytes(parts.host),
  '<URL>.getHostname(): string': ({ parts }: Url) => fromBytes(splitHost(parts.host)[0]),
  '<URL>.getPort(): string': ({ parts }: Url) => fromBytes(splitHost(parts.host)[1]),
  '<URL>.getEscapedPath(): string': ({ parts }: Url) => fromBytes(escapedPath(parts.path)),
  '<URL>.getQuery(): map(string, list(string))': ({ parts }: Url) => parseQuery(parts.query ?? ''),
};
