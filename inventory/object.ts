/** A value as JSON knows it. Kubernetes' API knows no other. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The way from a value to one inside it: `['spec', 'containers', 0, 'image']`. */
export type Path = readonly (string | number)[];

/** Where an object came from. */
export interface Origin {
  /** The path as it was found, `-` for stdin, or the path of the chart for constructs. */
  readonly file: string;
  /** Which document of the file, from 1. Empty documents are not counted. */
  readonly document: number;
  /** The line on which the object begins, from 1; 0 where there is no text (constructs). */
  readonly line: number;
  /** The path of the construct, when the object comes from a cdk8s chart. */
  readonly construct?: string;
}

/** Where a pod template keeps the metadata and the spec of its pods. */
export interface PodLocation {
  readonly metadata: Path;
  readonly spec: Path;
}

export interface InventoryObject {
  readonly apiVersion: string;
  /** The part of apiVersion before the slash; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** As written: undefined for a cluster's object, and for one that leaves its namespace to whoever applies it. */
  readonly namespace?: string;
  /** metadata.name; generateName where there is none; empty where there is neither. */
  readonly name: string;
  readonly value: JsonObject;
  readonly origin: Origin;
  /** Every pod spec the object holds: one for a Deployment, none for a Service, several for a JobSet. */
  readonly pods: readonly PodLocation[];
}

/** Something in the input that is no manifest, or not one that could be read. */
export interface Problem {
  readonly file: string;
  readonly document?: number;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** An error means that something is missing from the inventory or that the API server would refuse it. */
  readonly level: 'error' | 'warning';
}
