import { type CelObject, KubernetesObject, Optional } from '../values';
import type { Library } from './library';
import { invalidUri } from './url';

/** Gives what is wrong with a text, nothing where it is as it should be. */
type Validate = (text: string) => string[];

class Format extends KubernetesObject {
  readonly typeName = 'kubernetes.NamedFormat';
  constructor(
    readonly name: string,
    readonly validate: Validate,
  ) {
    super();
  }
  equals(other: CelObject): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

const size = (text: string) => Buffer.byteLength(text);

/** Whether a text holds, and what to say where it does not. */
const rule = (holds: boolean, message: string) => (holds ? [] : [message]);
const tooLong = (text: string, max: number) => rule(size(text) <= max, `has ${size(text)} bytes, more than ${max}`);

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const name = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const lowerCase = 'lower case letters, digits and "-"';
const ends = 'beginning and ending with a letter or digit';

const dns1123Label: Validate = (text) => [
  ...tooLong(text, 63),
  ...rule(label.test(text), subdomain.test(text) ? 'has dots' : `is not made of ${lowerCase}, ${ends}`),
];

const dns1123Subdomain: Validate = (text) => [
  ...tooLong(text, 253),
  ...rule(subdomain.test(text), `is not made of parts separated by dots, each of ${lowerCase}, ${ends}`),
];

const dns1035Label: Validate = (text) => [
  ...tooLong(text, 63),
  ...rule(
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text),
    `is not made of ${lowerCase}, beginning with a letter and not ending with "-"`,
  ),
];

const qualifiedName: Validate = (text) => {
  const parts = text.split('/');
  if (parts.length > 2) return ['has more than one "/"'];
  const last = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const prefixErrors =
    prefix === undefined
      ? []
      : prefix === ''
        ? ['has an empty prefix']
        : dns1123Subdomain(prefix).map((error) => `prefix ${error}`);
  return [
    ...prefixErrors,
    ...(last === '' ? ['has an empty name'] : tooLong(last, 63)),
    ...rule(name.test(last), `is not made of letters, digits, "-", "_" and ".", ${ends}`),
  ];
};

/** A name that something is to be added to may end with a dash. */
const asPrefix =
  (validate: Validate): Validate =>
  (text) =>
    validate(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(date)) return false;
  const match = /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|([+-]\d{2}:\d{2}))$/.exec(time);
  return match !== null && Number(match[1]) <= 23 && Number(match[2]) <= 59 && Number(match[3]) <= 59;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const formats: Readonly<Record<string, Format>> = Object.fromEntries(
  Object.entries<Validate>({
    dns1123Label,
    dns1123Subdomain,
    dns1035Label,
    qualifiedName,
    dns1123LabelPrefix: asPrefix(dns1123Label),
    dns1123SubdomainPrefix: asPrefix(dns1123Subdomain),
    dns1035LabelPrefix: asPrefix(dns1035Label),
    labelValue: (text) => [
      ...tooLong(text, 63),
      ...rule(
        text === '' || name.test(text),
        `is neither empty nor made of letters, digits, "-", "_" and ".", ${ends}`,
      ),
    ],
    uri: (text) => {
      const invalid = invalidUri(text);
      return invalid === undefined ? [] : [`is not a URI: ${invalid}`];
    },
    uuid: (text) => rule(uuid.test(text), 'is not a UUID'),
    byte: (text) => rule(base64.test(text), 'is not base64'),
    date: (text) => rule(isDate(text), 'is not a date such as 2026-01-31'),
    datetime: (text) => rule(isDateTime(text), 'is not a date and time such as 2026-01-31T12:00:00Z'),
  }).map(([key, validate]) => [key, new Format(key, validate)]),
);

/**
 * Kubernetes' format library (k8s.io/apiserver/pkg/cel/library/format.go). Whether a text is valid is as Kubernetes has it;
 * the messages are casemate's own.
 */
export const format: Library = {
  'format.named(string): optional(Format)': (key: string) =>
    Object.hasOwn(formats, key) ? new Optional(formats[key]) : Optional.none,
  '<Format>.validate(string): optional(list(string))': (form: Format, text: string) => {
    const errors = form.validate(text);
    return errors.length === 0 ? Optional.none : new Optional(errors);
  },
  ...Object.fromEntries(Object.entries(formats).map(([key, form]) => [`format.${key}(): Format`, () => form])),
};
