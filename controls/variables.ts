/**
 * The CEL variables that assertions may use, written once: in process they are evaluated lazily for each pod, and
 * they become the `variables` of the admission policies. Later ones may use earlier ones.
 *
 * `variables.pod` (the pod spec) and `variables.metadata` (the pod's metadata) come before these; where they are found
 * depends on the kind.
 */
export const podVariables = {
  containers:
    'variables.pod.?initContainers.orValue([]) + variables.pod.?containers.orValue([]) + variables.pod.?ephemeralContainers.orValue([])',
  /** Linux-only fields may not be set on Windows pods (Kubernetes 1.25, KEP-2802). */
  windows: 'variables.pod.?os.?name.orValue("") == "windows"',
  /** Root in a user namespace is nobody on the node (KEP-127). */
  userNamespace: 'variables.pod.?hostUsers.orValue(true) == false',
  /** Empty where none is named; `serviceAccount` is the deprecated alias and counts only where the other is empty. */
  serviceAccount:
    'variables.pod.?serviceAccountName.orValue("") != "" ? variables.pod.serviceAccountName : variables.pod.?serviceAccount.orValue("")',
} as const;
