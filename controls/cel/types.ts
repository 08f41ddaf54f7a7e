/** A type of CEL's checker: `dyn`, `int`, `list(string)`, `net.IP`, … or a type parameter such as `A`. */
export interface Type {
  readonly kind: 'simple' | 'dyn' | 'error' | 'list' | 'map' | 'type' | 'opaque' | 'struct' | 'param';
  /** The name type() gives its values; that of the parameter for a type parameter. */
  readonly name: string;
  readonly parameters: readonly Type[];
  /** How it is written; equal exactly for equal types. */
  readonly text: string;
}

function make(kind: Type['kind'], name: string, parameters: readonly Type[] = []): Type {
  const inner = parameters.map((parameter) => parameter.text).join(', ');
  return { kind, name, parameters, text: parameters.length === 0 ? name : `${name}(${inner})` };
}

export const dyn = make('dyn', 'dyn');
/** Of what was found faulty already; it agrees with every type, so that one mistake is told once. */
export const errorType = make('error', '*error*');
export const bool = make('simple', 'bool');
export const intType = make('simple', 'int');
export const stringType = make('simple', 'string');

export const list = (element: Type) => make('list', 'list', [element]);
export const map = (key: Type, value: Type) => make('map', 'map', [key, value]);
export const optional = (value: Type) => make('opaque', 'optional_type', [value]);
export const typeOf = (type: Type) => make('type', 'type', [type]);
export const struct = (name: string) => make('struct', name);
export const param = (name: string) => make('param', name);

/** The same kind and name with other parameters. */
export const withParameters = (type: Type, parameters: readonly Type[]) => make(type.kind, type.name, parameters);

/** Types by the names that signatures and expressions use. */
const named: Readonly<Record<string, Type>> = {
  dyn,
  bool,
  int: intType,
  string: stringType,
  uint: make('simple', 'uint'),
  double: make('simple', 'double'),
  bytes: make('simple', 'bytes'),
  null_type: make('simple', 'null_type'),
  timestamp: make('simple', 'google.protobuf.Timestamp'),
  duration: make('simple', 'google.protobuf.Duration'),
  Quantity: struct('kubernetes.Quantity'),
  URL: struct('kubernetes.URL'),
  Semver: struct('kubernetes.Semver'),
  Format: struct('kubernetes.NamedFormat'),
  IP: make('opaque', 'net.IP'),
  CIDR: make('opaque', 'net.CIDR'),
  Authorizer: struct('kubernetes.authorization.Authorizer'),
  PathCheck: struct('kubernetes.authorization.PathCheck'),
  GroupCheck: struct('kubernetes.authorization.GroupCheck'),
  ResourceCheck: struct('kubernetes.authorization.ResourceCheck'),
  Decision: struct('kubernetes.authorization.Decision'),
};

/** Reads a type as signatures write it, such as `map(string, list(A))`; single capitals are type parameters. */
export function parseType(text: string): Type {
  const [type, rest] = readType(text.trim());
  if (rest !== '') throw new Error(`not a type: ${text}`);
  return type;
}

function readType(text: string): [Type, string] {
  const name = /^\w+/.exec(text)?.[0] ?? '';
  let rest = text.slice(name.length);
  const parameters: Type[] = [];
  while (rest.startsWith(parameters.length === 0 ? '(' : ', ')) {
    const [parameter, after] = readType(rest.slice(parameters.length === 0 ? 1 : 2));
    parameters.push(parameter);
    rest = after;
  }
  if (parameters.length > 0) rest = rest.slice(1);
  const [first, second] = parameters;
  if (/^[A-Z]$/.test(name)) return [param(name), rest];
  if (name === 'list' && first) return [list(first), rest];
  if (name === 'map' && first && second) return [map(first, second), rest];
  if (name === 'optional' && first) return [optional(first), rest];
  if (name === 'type' && first) return [typeOf(first), rest];
  const type = named[name];
  if (type === undefined) throw new Error(`no such type: ${name}`);
  return [type, rest];
}

/** What the names of types that expressions may mention stand for. */
export const typeNames: ReadonlyMap<string, Type> = new Map([
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'null_type'].map((name): [string, Type] => [
    name,
    named[name] ?? dyn,
  ]),
  ['list', list(dyn)],
  ['map', map(dyn, dyn)],
  ['type', make('type', 'type')],
  ['optional_type', optional(dyn)],
  ['google.protobuf.Timestamp', parseType('timestamp')],
  ['google.protobuf.Duration', parseType('duration')],
  ['net.IP', parseType('IP')],
  ['net.CIDR', parseType('CIDR')],
]);
