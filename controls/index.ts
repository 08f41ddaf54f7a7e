export type {
  Clause,
  Control,
  Fix,
  InventoryControl,
  Kinds,
  Minor,
  ObjectControl,
  Profile,
  References,
  Revision,
  Severity,
  Violation,
} from './control';
export { defineControl, minorOf, profiles, revisionFor, severities } from './control';
export { type CompiledControl, compileControl, evaluate, type Outcome, subjectOf, type Verdict } from './evaluate';
export { checkExemption, type Exemption, isExpired, today } from './exemptions';
export { type Change, type Fixed, fix } from './fix';
export type { Place } from './places';
export {
  catalogue,
  controlById,
  latestKubernetes,
  parseKubernetes,
  parseProfile,
  type Selection,
  select,
  supportedKubernetes,
} from './profiles';
export { atLeast, counts, type Finding, type Scan, type ScanOptions, scan } from './scan';
