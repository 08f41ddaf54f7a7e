/**
 * Kubernetes' CEL, compiled to JavaScript closures.
 *
 * @module
 */
export { compile, type Program } from './compile';
export { CelError, CelSyntaxError, UNKNOWN } from './errors';
export { toJson } from './values';
