import { isIP } from 'node:net';
import * as pulumi from '@pulumi/pulumi';
import { type Input, isReference, type Plan, type Reference, reference } from '../platforms/plan';
import type { Site } from './enforcement';

/** Classes of a platform's own SDK, by type token: they bring the provider's version, aliases and secrets along. */
export type Classes = Readonly<Record<string, ResourceClass>>;

type ResourceClass = new (name: string, args: never, options?: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Values that need not be known when an intent is translated, such as the id of a network that is created beside. */
export type Given = Readonly<Record<string, pulumi.Input<unknown>>>;

/** Stands for a given value in a plan. */
export function given(name: string): Reference {
  return reference('', name);
}

/** Creates the resources of a plan, each below the component and after what it needs. */
export function register(
  plan: Plan,
  classes: Classes,
  site: Site,
  values: Given = {},
): Map<string, pulumi.CustomResource> {
  const made = new Map<string, pulumi.CustomResource>();
  const names = site.secret ? withoutAddresses(plan) : undefined;
  const resolve = (input: Input): unknown => {
    if (typeof input === 'string') return site.secret && isAddress(input) ? pulumi.secret(input) : input;
    if (typeof input !== 'object') return input;
    if (Array.isArray(input)) return input.map(resolve);
    if (!isReference(input)) return mapValues(input as { readonly [key: string]: Input }, resolve);
    if (input.resource === '') return values[input.output];
    return (resourceOf(input.resource) as unknown as Record<string, pulumi.Output<unknown>>)[input.output];
  };
  const resourceOf = (name: string): pulumi.CustomResource => {
    const resource = made.get(name);
    if (resource === undefined) throw new Error(`the plan refers to ${name} before it creates it`);
    return resource;
  };
  for (const { type, name, inputs, after = [] } of plan.resources) {
    const Resource = classes[type];
    if (Resource === undefined) throw new Error(`no class is known for resources of type ${type}`);
    made.set(
      name,
      new Resource(`${site.name}-${names?.get(name) ?? name}`, resolve(inputs) as never, {
        parent: site.component,
        dependsOn: after.map(resourceOf),
      }),
    );
  }
  return made;
}

/**
 * Loads a package that only users of one platform have.
 *
 * @throws RunError that says what to install
 */
export function load<Package>(name: string, user: string, from: () => Package): Package {
  try {
    return from();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND' || !String(error).includes(name)) throw error;
    throw new pulumi.RunError(`${user} needs the package ${name}, which is not installed: npm install ${name}`);
  }
}

/** Begins physical names: two firewalls of one network or project must not share them. */
export function prefixOf(site: Site): string {
  return site.name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
}

function isAddress(text: string): boolean {
  return isIP(text.replace(/\/\d{1,3}$/, '')) !== 0;
}

/** Where addresses are secret, a name that spells one out ends in a number instead. */
function withoutAddresses({ resources }: Plan): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    resources.map(({ name, inputs }) => {
      const at = addressesIn(inputs)
        .map((address) => dashed(name).indexOf(dashed(address)))
        .find((index) => index > 0);
      if (at === undefined) return [name, name];
      const stem = `${name.slice(0, at)}network`;
      const count = (counts.get(stem) ?? 0) + 1;
      counts.set(stem, count);
      return [name, `${stem}-${count}`];
    }),
  );
}

function addressesIn(input: Input): string[] {
  if (typeof input === 'string') return isAddress(input) ? [input] : [];
  return typeof input === 'object' ? Object.values(input).flatMap((value: Input) => addressesIn(value)) : [];
}

/** Platforms allow few characters in names, so that an address may stand there with others. */
function dashed(text: string): string {
  return text.replaceAll(/[^0-9a-z]/gi, '-');
}

function mapValues(
  object: { readonly [key: string]: Input },
  change: (value: Input) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
