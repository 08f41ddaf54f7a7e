import { type ApiObject, type App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { writeRecord } from '../controls/record';
import type { JsonObject } from '../inventory';
import { exemptionsOf } from './exemptions';
import { hardened } from './hardening';
import { apiObjectsOf, constructPathOf, identityOf } from './objects';
import { placeOf } from './scope';

const joined = new WeakSet<IConstruct>();
const wrapped = new WeakSet<ApiObject>();

/**
 * Lets what is synthesized from the construct's tree pass through casemate. Calling it again changes nothing.
 *
 * Validations of the root are the one thing that `App.synth`, `App.synthYaml` and `Testing.synth` all begin with: after
 * the last construct was added, and before the first object is rendered.
 */
export function joinSynthesis(construct: IConstruct): void {
  const { root } = construct.node;
  if (joined.has(root)) return;
  joined.add(root);
  const validation = new TreeValidation(root);
  root.node.addValidation(validation);
  if (isApp(root)) followSynthesisOf(root, validation);
}

class TreeValidation {
  private known: readonly string[] | undefined;

  public constructor(private readonly root: IConstruct) {}

  public validate(): string[] {
    return [...(this.known ?? this.judge())];
  }

  /** cdk8s validates the whole app again for each chart; while it synthesizes, the tree stays what it is. */
  public during<T>(synthesis: () => T): T {
    this.known = this.judge();
    try {
      return synthesis();
    } finally {
      this.known = undefined;
    }
  }

  private judge(): string[] {
    const objects = apiObjectsOf(this.root);
    for (const object of objects) wrap(object);
    return conflictsAmong(objects);
  }
}

function wrap(object: ApiObject): void {
  if (wrapped.has(object)) return;
  wrapped.add(object);
  const render = object.toJson.bind(object);
  object.toJson = () => hardened(object, placed(object, render() as JsonObject));
}

function placed(object: ApiObject, value: JsonObject): JsonObject {
  const namespace = placeOf(object);
  const { namespace: written, ...metadata } = value.metadata as JsonObject;
  if (namespace === written) return value;
  return { ...value, metadata: namespace === undefined ? metadata : { ...metadata, namespace } };
}

/** Objects of one chart that would overwrite each other. Two charts may well be meant for two clusters. */
function conflictsAmong(objects: readonly ApiObject[]): string[] {
  const seen = new Map<string, ApiObject>();
  const conflicts: string[] = [];
  for (const object of objects) {
    const { kind, namespace, name } = identityOf(object);
    const key = JSON.stringify([Chart.of(object).node.path, object.apiGroup, kind, namespace, name]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, object);
    else {
      const title = namespace === undefined ? name : `${namespace}/${name}`;
      conflicts.push(
        `${constructPathOf(object)}: ${kind} ${title} is also composed at ${constructPathOf(first)}; give one of them another id or metadata.name`,
      );
    }
  }
  return conflicts;
}

function isApp(root: IConstruct): root is App {
  return 'synth' in root && typeof root.synth === 'function' && 'outdir' in root && typeof root.outdir === 'string';
}

/** cdk8s has no hook after the files are written, and one before them cannot tell `synth` from `synthYaml`. */
function followSynthesisOf(app: App, validation: TreeValidation): void {
  const synth = app.synth.bind(app);
  const synthYaml = app.synthYaml.bind(app);
  app.synthYaml = () => validation.during(synthYaml);
  app.synth = () => {
    validation.during(synth);
    writeRecord(app.outdir, {
      version: 1,
      objects: apiObjectsOf(app).map((object) => ({ ...identityOf(object), construct: constructPathOf(object) })),
      exemptions: exemptionsOf(app),
    });
  };
}
