import type { Exemption } from '../../controls';
import type { Clause, Fix, ObjectControl } from '../../controls/control';
import { describeDemand } from '../../controls/messages';
import { podVariables } from '../../controls/variables';
import type { Json, JsonObject } from '../../inventory';
import { failing, holdsForWhole, isWhole, quote } from './cel';
import { changed, type MatchCondition, mentions, notKubernetesOwn, notMadeByController } from './conditions';
import { notExempted } from './exempted';
import { patches } from './mutations';
import { ofPod, pointerToPod, workloadRules, workloads } from './workloads';

const apiVersion = 'admissionregistration.k8s.io/v1';

/** A control as the API server is told of it. */
export interface PolicyProps {
  readonly name: string;
  readonly control: ObjectControl;
  /** What it demands in the Kubernetes minor that is meant. */
  readonly clauses: readonly Clause[];
  /** Those that are about this control. */
  readonly exemptions: readonly Exemption[];
  readonly excludedNamespaces: readonly string[];
}

/** The ValidatingAdmissionPolicy of a control, and its binding. */
export function validating(policy: PolicyProps, actions: readonly string[]): JsonObject[] {
  const { control, clauses } = policy;
  const variables: Record<string, string> = {};
  const validations = clauses.map((clause, index) => {
    const demand = describeDemand(clause);
    const message = `${control.title}: ${demand}`;
    if (isWhole(clause.each)) return { expression: holdsForWhole(clause), message };
    const failed = clauses.length === 1 ? 'failing' : `failing${index + 1}`;
    variables[failed] = failing(clause);
    return {
      expression: `variables.${failed}.size() == 0`,
      message,
      messageExpression: `variables.${failed}.join(", ") + ${quote(`: ${demand}`)}`,
    };
  });
  return [
    manifest(policy, 'ValidatingAdmissionPolicy', {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: validatingRules(policy) },
      matchConditions: conditions(policy),
      ...variablesFor(validations, variables),
      validations,
    }),
    binding(policy, 'ValidatingAdmissionPolicyBinding', { validationActions: [...actions] }),
  ];
}

/** The MutatingAdmissionPolicy of a control, and its binding; nothing where no clause has a fix. */
export function mutating(policy: PolicyProps): JsonObject[] {
  const mutations = policy.clauses.flatMap((clause) =>
    together(clause.fix ?? []).map((steps) => ({
      patchType: 'JSONPatch',
      jsonPatch: { expression: steps.map((step) => patches(clause, step)).join(' + ') },
    })),
  );
  if (mutations.length === 0) return [];
  return [
    manifest(policy, 'MutatingAdmissionPolicy', {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      matchConstraints: { resourceRules: mutatingRules(policy) },
      matchConditions: [...conditions(policy), ...(policy.control.about === 'pods' ? [notMadeByController] : [])],
      ...variablesFor(mutations),
      mutations,
    }),
    binding(policy, 'MutatingAdmissionPolicyBinding', {}),
  ];
}

/**
 * The steps of a fix, by the mutations that take them. Removals in a row are one: between mutations the API server
 * writes defaults, and would write in again what another field, removed next, is the reason for.
 */
function together(fix: readonly Fix[]): Fix[][] {
  const groups: Fix[][] = [];
  for (const step of fix) {
    const last = groups.at(-1);
    if (last !== undefined && 'remove' in step && last.every((other) => 'remove' in other)) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

const writes = ['CREATE', 'UPDATE'];

/** Subresources are not matched by their parent: containers would come in by them unseen. */
function validatingRules({ control, clauses }: PolicyProps): JsonObject[] {
  if (control.about !== 'pods') return kindRules(control.about);
  const subresources = ['pods/ephemeralcontainers', ...(mentions(clauses, 'resources') ? ['pods/resize'] : [])];
  return workloadRules(writes, [...workloads.map(({ resource }) => resource), ...subresources]);
}

/**
 * The specs of pods and jobs cannot be changed once they run: there, a fix would turn an update that is allowed into
 * one that is not.
 */
function mutatingRules({ control }: PolicyProps): JsonObject[] {
  if (control.about !== 'pods') return kindRules(control.about);
  const fixed = ['pods', 'jobs'];
  const others = workloads.map(({ resource }) => resource).filter((resource) => !fixed.includes(resource));
  return [
    ...workloadRules(['CREATE'], fixed),
    ...workloadRules(['UPDATE'], ['pods/ephemeralcontainers']),
    ...workloadRules(writes, others),
  ];
}

function kindRules({ group, versions, resources }: Exclude<ObjectControl['about'], 'pods'>): JsonObject[] {
  const plurals = Object.values(resources).sort();
  return [{ apiGroups: [group], apiVersions: [...versions], operations: writes, resources: plurals }];
}

function conditions({ control, clauses, exemptions }: PolicyProps): MatchCondition[] {
  const { about } = control;
  const kinds = about === 'pods' ? workloads.map(({ kind }) => kind) : Object.keys(about.resources);
  return [
    ...(about === 'pods' ? [] : [notKubernetesOwn(Object.values(about.resources))]),
    ...notExempted(exemptions, kinds),
    changed(control, clauses),
  ];
}

/** The variables that `users` need, and those that these need, in the order in which they are defined. */
function variablesFor(users: readonly JsonObject[], own: Readonly<Record<string, string>> = {}): JsonObject {
  const known = {
    pod: ofPod('spec'),
    metadata: ofPod('metadata'),
    podPointer: pointerToPod('spec'),
    metadataPointer: pointerToPod('metadata'),
    ...podVariables,
    ...own,
  };
  let text = JSON.stringify(users);
  const variables: JsonObject[] = [];
  for (const [name, expression] of Object.entries(known).reverse()) {
    if (!new RegExp(`\\bvariables\\.${name}\\b`).test(text)) continue;
    variables.unshift({ name, expression });
    text += ` ${expression}`;
  }
  return variables.length === 0 ? {} : { variables };
}

function manifest({ name, control, exemptions }: PolicyProps, kind: string, spec: Json): JsonObject {
  const annotations = {
    'casemate.dev/title': control.title,
    'casemate.dev/why': control.why,
    'casemate.dev/references': referencesOf(control),
    'casemate.dev/exemptions': exemptions
      .map(({ object, until, reason }) => `${object.kind} ${nameOf(object)} until ${until}: ${reason}`)
      .join('\n'),
  };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      labels: labelsOf(control),
      annotations: Object.fromEntries(Object.entries(annotations).filter(([, text]) => text !== '')),
    },
    spec,
  };
}

function binding({ name, control, excludedNamespaces }: PolicyProps, kind: string, spec: JsonObject): JsonObject {
  const namespaces = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...excludedNamespaces] };
  return {
    apiVersion,
    kind,
    metadata: { name, labels: labelsOf(control) },
    spec: {
      policyName: name,
      ...spec,
      ...(excludedNamespaces.length > 0 && {
        matchResources: { namespaceSelector: { matchExpressions: [namespaces] } },
      }),
    },
  };
}

function labelsOf({ id, severity }: ObjectControl): JsonObject {
  return {
    'app.kubernetes.io/managed-by': 'casemate',
    'casemate.dev/control': id,
    'casemate.dev/severity': severity,
  };
}

function nameOf({ namespace, name }: Exemption['object']): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function referencesOf({ references: { pss, cis = [], nsa = [], attack = [], urls = [] } }: ObjectControl): string {
  return [
    ...(pss === undefined ? [] : [`Pod Security Standards: ${pss}`]),
    ...(cis.length === 0 ? [] : [`CIS Kubernetes Benchmark: ${cis.join(', ')}`]),
    ...(nsa.length === 0 ? [] : [`NSA/CISA Kubernetes Hardening Guidance: ${nsa.join(', ')}`]),
    ...(attack.length === 0 ? [] : [`MITRE ATT&CK: ${attack.join(', ')}`]),
    ...urls,
  ].join('\n');
}
