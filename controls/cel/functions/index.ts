import { libraries } from './libraries';
import { type Implementation, nameOf, type Overload, parseOverload } from './library';

let signatures: Map<string, [signature: string, run: Implementation][]> | undefined;
const parsed = new Map<string, readonly Overload[]>();

/** The overloads of a function of Kubernetes' CEL; undefined where there is none of that name. */
export function overloadsOf(name: string): readonly Overload[] | undefined {
  let overloads = parsed.get(name);
  if (overloads === undefined) {
    signatures ??= index();
    overloads = signatures.get(name)?.map(([signature, run]) => parseOverload(signature, run));
    if (overloads !== undefined) parsed.set(name, overloads);
  }
  return overloads;
}

function index(): Map<string, [string, Implementation][]> {
  const index = new Map<string, [string, Implementation][]>();
  for (const library of libraries) {
    for (const [signature, run] of Object.entries(library)) {
      const name = nameOf(signature);
      const known = index.get(name);
      if (known === undefined) index.set(name, [[signature, run]]);
      else known.push([signature, run]);
    }
  }
  return index;
}
