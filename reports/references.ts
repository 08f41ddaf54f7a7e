import type { References } from '../controls';

/** Where a control comes from, one source a line. */
export function formatReferences({ pss, cis = [], nsa = [], attack = [], urls = [] }: References): string[] {
  return [
    ...(pss === undefined ? [] : [`Pod Security Standards: ${pss}`]),
    ...cis.map((section) => `CIS Kubernetes Benchmark 1.12: ${section}`),
    ...nsa.map((section) => `NSA/CISA Kubernetes Hardening Guidance 1.2: ${section}`),
    ...attack.map((technique) => `MITRE ATT&CK: ${technique}`),
    ...urls,
  ];
}
