/**
 * The admission gate: controls as ValidatingAdmissionPolicies, their fixes as MutatingAdmissionPolicies.
 *
 * @module
 */
import { type Exemption, isExpired, minorOf, type Selection, today } from '../../controls';
import type { JsonObject } from '../../inventory';
import { mutating, validating } from './policy';

/** What the API server does about an object for which a control does not hold. */
export type ValidationAction = 'Deny' | 'Warn' | 'Audit';

export interface AdmissionOptions {
  /**
   * What is let through, and with it whatever Kubernetes' own controllers make of it: the ReplicaSets and pods of an
   * exempted Deployment, the jobs and pods of an exempted CronJob. What other controllers make of an exempted object
   * is judged, and so is what a person adds to a pod of it (`kubectl debug`): owners are what the pod says they are.
   *
   * An exemption without a namespace is about a cluster's object: at admission, everything else has a namespace.
   *
   * Policies have no clock, so an exemption lasts until policies are emitted again and applied; those that ended
   * before `day` are left out. Emit them daily, in a job of your pipeline.
   *
   * @default none
   */
  readonly exemptions?: readonly Exemption[];
  /** The day exemptions are held against, as `YYYY-MM-DD`. @default today in UTC */
  readonly day?: string;
  /** What the bindings do; `Deny` and `Warn` exclude one another. @default ['Deny'] */
  readonly actions?: readonly ValidationAction[];
  /**
   * Whether the fixes that controls have are applied. It takes Kubernetes 1.36; for earlier minors no
   * MutatingAdmissionPolicy is emitted.
   *
   * @default true
   */
  readonly mutate?: boolean;
  /** Namespaces where nothing is judged. @default ['kube-system', 'kube-public', 'kube-node-lease'] */
  readonly excludedNamespaces?: readonly string[];
  /** What the names of policies begin with. @default 'casemate-' */
  readonly prefix?: string;
  /**
   * Whether policies get the names that the API server demands of those it reads from files (`staticManifestsDir`),
   * which nobody can change through the API.
   *
   * @default false
   */
  readonly staticManifests?: boolean;
}

/** The first minor that serves MutatingAdmissionPolicy in version v1 (KEP-3962). */
const mutatingSince = 36;

/**
 * The object controls of a selection as ValidatingAdmissionPolicies, and their fixes as MutatingAdmissionPolicies, each
 * with its binding. One policy is one control, so that whoever is refused reads which, and each can be rolled out, or
 * back, alone. They are in the order of the controls' ids, and have no parameters.
 *
 * @throws RangeError where the actions contradict one another, or a policy's name would not be valid in Kubernetes
 */
export function admissionManifests(selection: Selection, options: AdmissionOptions = {}): JsonObject[] {
  const {
    exemptions = [],
    day = today(),
    actions = ['Deny'],
    mutate = true,
    excludedNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'],
    prefix = 'casemate-',
    staticManifests = false,
  } = options;
  if (actions.length === 0 || (actions.includes('Deny') && actions.includes('Warn'))) {
    throw new RangeError(`actions are ${JSON.stringify(actions)}, expected at least one, and not both Deny and Warn`);
  }
  return [...selection.objectControls]
    .sort((a, b) => (a.control.id < b.control.id ? -1 : 1))
    .flatMap(({ control, clauses }) => {
      const policy = {
        name: checkName(`${prefix}${control.id}${staticManifests ? '.static.k8s.io' : ''}`),
        control,
        clauses: clauses.map(({ clause }) => clause),
        exemptions: exemptions.filter((exemption) => exemption.control === control.id && !isExpired(exemption, day)),
        excludedNamespaces,
      };
      const mutates = mutate && minorOf(selection.kubernetes) >= mutatingSince;
      return [...validating(policy, actions), ...(mutates ? mutating(policy) : [])];
    });
}

function checkName(name: string): string {
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    throw new RangeError(
      `a policy would be named "${name}", expected at most 253 lower-case letters, digits, "-" and ".": change the prefix`,
    );
  }
  return name;
}
