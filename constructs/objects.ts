import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Kinds } from '../controls';
import type { ObjectIdentity } from '../controls/record';
import { placeOf } from './scope';

/** Every API object of a tree, in the order of construction. */
export function apiObjectsOf(root: IConstruct): ApiObject[] {
  return root.node.findAll().filter((construct) => ApiObject.isApiObject(construct));
}

/** What the object will be called once it is synthesized. */
export function identityOf(object: ApiObject): ObjectIdentity {
  const namespace = placeOf(object);
  const { apiVersion, kind, name } = object;
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }), name };
}

/** The path that a user knows: cdk8s-plus keeps its object in a child called Resource. */
export function constructPathOf({ node }: ApiObject): string {
  return node.id === 'Resource' && node.scope !== undefined ? node.scope.node.path : node.path;
}

/** Whether the kinds that a control is about include this object's. */
export function isAmong({ group, resources }: Kinds, { apiGroup, kind }: ApiObject): boolean {
  return group === (apiGroup === 'core' ? '' : apiGroup) && Object.hasOwn(resources, kind);
}
