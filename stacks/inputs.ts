import type * as pulumi from '@pulumi/pulumi';

/** A value that, whole or in any of its parts, may be an output which is known only while the stack is brought up. */
export type DeepInput<T> = pulumi.Input<T extends object ? { readonly [Key in keyof T]: DeepInput<T[Key]> } : T>;

/** Properties of which each may be such a value. */
export type Inputs<Props> = { readonly [Key in keyof Props]: DeepInput<Props[Key]> };
