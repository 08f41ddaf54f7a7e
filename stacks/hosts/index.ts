export { ssh } from './access';
export { type CloudInitProps, cloudInit } from './boot';
export { applyRuleset, type HostState, readHost, restoreHost } from './change';
export { HostError, type SshAccess, type Target } from './connection';
export { type OpeningProps, temporaryOpening } from './opening';
export { type HostRulesetState, hostRuleset } from './ruleset';
