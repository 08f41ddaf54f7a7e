import { type InventoryObject, valueAt } from '../inventory';

/** A reasoned, dated exception, made by whoever owns the policy. */
export interface Exemption {
  /** Id of the control. */
  readonly control: string;
  readonly object: {
    readonly kind: string;
    /** @default - an object that belongs to no namespace, or names none */
    readonly namespace?: string;
    readonly name: string;
  };
  /** Why, for whoever reads the report. */
  readonly reason: string;
  /** The last day it is honoured (UTC), as `YYYY-MM-DD`. */
  readonly until: string;
}

/** Today in UTC, as `YYYY-MM-DD`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Whether the exemption has run out by the day given. */
export function isExpired(exemption: Exemption, day: string): boolean {
  return exemption.until < day;
}

/**
 * Checks what a person wrote as an exemption.
 *
 * @param where names the place, for the error: a file and item, or a construct's path
 * @throws RangeError that names the place, the field, what was found and what is expected
 */
export function checkExemption(exemption: unknown, where: string, knownControl: (id: string) => boolean): Exemption {
  const fail = (field: string, found: unknown, expected: string): never => {
    throw new RangeError(`${where}: ${field} is ${JSON.stringify(found) ?? 'absent'}, expected ${expected}`);
  };
  const text = (field: string, value: unknown): string =>
    typeof value === 'string' && value.trim() !== '' ? value : fail(field, value, 'a text that is not empty');
  const fields = (field: string, value: unknown, known: readonly string[]): Record<string, unknown> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(field, value, 'an object');
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        fail(`${field}.${key}`, (value as never)[key], `no such field, but ${known.join(', ')}`);
    }
    return value as Record<string, unknown>;
  };

  const raw = fields('exemption', exemption, ['control', 'object', 'reason', 'until']);
  const object = fields('object', raw.object, ['kind', 'namespace', 'name']);
  const control = text('control', raw.control);
  if (!knownControl(control)) fail('control', control, 'the id of a control (`casemate explain` lists them)');
  const until = text('until', raw.until);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || !isDay(until)) fail('until', until, 'a day, as YYYY-MM-DD');
  return {
    control,
    object: {
      kind: text('object.kind', object.kind),
      name: text('object.name', object.name),
      ...(object.namespace !== undefined && { namespace: text('object.namespace', object.namespace) }),
    },
    reason: text('reason', raw.reason),
    until,
  };
}

function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** Exemptions by what they are about, remembering which of them were needed. */
export class Exemptions {
  private readonly byObject = new Map<string, Exemption>();
  private readonly used = new Set<Exemption>();

  public constructor(
    public readonly all: readonly Exemption[],
    /** The day the run happens, as `YYYY-MM-DD`. */
    public readonly day: string,
  ) {
    for (const exemption of all) {
      const { kind, namespace, name } = exemption.object;
      this.byObject.set(keyOf(exemption.control, kind, namespace, name), exemption);
    }
  }

  /** The exemption that is about this control and object, expired or not. */
  public find(control: string, object: InventoryObject): Exemption | undefined {
    // What has only a generateName gets a name that nobody could exempt: admission does not know it either.
    if (this.byObject.size === 0 || valueAt(object.value, ['metadata', 'name']) !== object.name) return undefined;
    const exemption = this.byObject.get(keyOf(control, object.kind, object.namespace, object.name));
    if (exemption !== undefined) this.used.add(exemption);
    return exemption;
  }

  /** Those that nothing needed: the object is gone, or the control holds. */
  public get unused(): Exemption[] {
    return this.all.filter((exemption) => !this.used.has(exemption));
  }
}

function keyOf(control: string, kind: string, namespace: string | undefined, name: string): string {
  return JSON.stringify([control, kind, namespace ?? '', name]);
}
