import { unknown } from '../errors';
import type { Library } from './library';

/** Only an API server can answer. */
const ask = () => {
  throw unknown();
};

const signatures = [
  '<Authorizer>.path(string): PathCheck',
  '<Authorizer>.group(string): GroupCheck',
  '<Authorizer>.serviceAccount(string, string): Authorizer',
  '<GroupCheck>.resource(string): ResourceCheck',
  '<ResourceCheck>.subresource(string): ResourceCheck',
  '<ResourceCheck>.namespace(string): ResourceCheck',
  '<ResourceCheck>.name(string): ResourceCheck',
  '<ResourceCheck>.fieldSelector(string): ResourceCheck',
  '<ResourceCheck>.labelSelector(string): ResourceCheck',
  '<PathCheck>.check(string): Decision',
  '<ResourceCheck>.check(string): Decision',
  '<Decision>.errored(): bool',
  '<Decision>.error(): string',
  '<Decision>.allowed(): bool',
  '<Decision>.reason(): string',
];

/** Kubernetes' authz library (k8s.io/apiserver/pkg/cel/library/authz.go): its calls are unknown outside of an API server. */
export const authorizer: Library = Object.fromEntries(signatures.map((signature) => [signature, ask]));
