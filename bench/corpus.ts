import { writeFileSync } from 'node:fs';

/** How many workloads a set of manifests has. */
export function workloadsIn(manifests: string): number {
  return manifests.match(/^kind: (Deployment|StatefulSet)$/gm)?.length ?? 0;
}

/**
 * Writes the manifests as often as it takes to reach `workloads`, each copy in a namespace of its own.
 *
 * @returns how many documents and bytes were written
 */
export function multiply(
  manifests: string,
  namespace: string,
  workloads: number,
  file: string,
): { documents: number; bytes: number } {
  const copies = Math.ceil(workloads / workloadsIn(manifests));
  const inNamespace = new RegExp(`\\b${namespace}\\b`, 'g');
  const parts: string[] = [];
  for (let copy = 1; copy <= copies; copy++) parts.push(manifests.replace(inNamespace, `${namespace}-${copy}`));
  const text = parts.join('---\n');
  writeFileSync(file, text);
  return { documents: text.split(/^---$/m).length, bytes: Buffer.byteLength(text) };
}
