/** A parsed expression; `at` is the offset in the source that errors point to. */
export type Node =
  | Literal
  | Ident
  | Select
  | Index
  | Call
  | Logical
  | Conditional
  | ListLiteral
  | MapLiteral
  | StructLiteral
  | Has
  | Comprehension
  | OptionalMap
  | SortBy;

interface Base {
  readonly at: number;
}

export interface Literal extends Base {
  readonly kind: 'literal';
  readonly value: unknown;
}

export interface Ident extends Base {
  readonly kind: 'ident';
  readonly name: string;
  /** Whether written with a leading dot, which skips the variables of comprehensions. */
  readonly root: boolean;
}

/** `operand.field` and `operand.?field`. */
export interface Select extends Base {
  readonly kind: 'select';
  readonly operand: Node;
  readonly field: string;
  readonly optional: boolean;
}

/** `operand[key]` and `operand[?key]`. */
export interface Index extends Base {
  readonly kind: 'index';
  readonly operand: Node;
  readonly key: Node;
  readonly optional: boolean;
}

/** A function, or an operator under its sign (`+`, `==`, `in`, …; unary minus is `neg`). */
export interface Call extends Base {
  readonly kind: 'call';
  readonly name: string;
  readonly target: Node | undefined;
  readonly args: readonly Node[];
}

/** `a && b && c` is one node with three terms, so that long chains nest no deeper than short ones. */
export interface Logical extends Base {
  readonly kind: '&&' | '||';
  readonly terms: readonly Node[];
}

export interface Conditional extends Base {
  readonly kind: 'conditional';
  readonly condition: Node;
  readonly then: Node;
  readonly otherwise: Node;
}

export interface ListLiteral extends Base {
  readonly kind: 'list';
  readonly elements: readonly { readonly value: Node; readonly optional: boolean }[];
}

export interface MapLiteral extends Base {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Node; readonly value: Node; readonly optional: boolean }[];
}

/** `Object.spec{replicas: 1}`. */
export interface StructLiteral extends Base {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly value: Node; readonly optional: boolean }[];
}

export interface Has extends Base {
  readonly kind: 'has';
  readonly operand: Node;
  readonly field: string;
}

export type ComprehensionMacro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'filter'
  | 'map'
  | 'transformMap'
  | 'transformMapEntry';

/** A macro that goes over a list or map. With `second`, `first` is the index or key and `second` the element or value. */
export interface Comprehension extends Base {
  readonly kind: 'comprehension';
  readonly macro: ComprehensionMacro;
  readonly range: Node;
  readonly first: string;
  readonly second: string | undefined;
  readonly filter: Node | undefined;
  readonly body: Node;
}

/** `optMap` and `optFlatMap`. */
export interface OptionalMap extends Base {
  readonly kind: 'optionalMap';
  readonly flat: boolean;
  readonly range: Node;
  readonly first: string;
  readonly body: Node;
}

export interface SortBy extends Base {
  readonly kind: 'sortBy';
  readonly range: Node;
  readonly first: string;
  readonly body: Node;
}
