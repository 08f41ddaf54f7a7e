/** The version of this package. */
export function version(): string {
  return (require('casemate/package.json') as { version: string }).version;
}
