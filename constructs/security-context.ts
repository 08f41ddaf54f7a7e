import * as kplus from 'cdk8s-plus-27';

/**
 * cdk8s-plus writes security settings that nobody stated. Here only what is stated is written, so that the catalogue
 * fills in the rest, and an exemption from one control leaves that one setting to Kubernetes' default.
 */
export class StatedContainerSecurity extends kplus.ContainerSecurityContext {
  public constructor(stated: kplus.ContainerSecurityContextProps = {}) {
    super(stated);
    const { ensureNonRoot, privileged, readOnlyRootFilesystem, allowPrivilegeEscalation } = stated;
    Object.assign(this, { ensureNonRoot, privileged, readOnlyRootFilesystem, allowPrivilegeEscalation });
  }
}

/** The same for pods. */
export class StatedPodSecurity extends kplus.PodSecurityContext {
  public constructor(stated: kplus.PodSecurityContextProps = {}) {
    super(stated);
    const { ensureNonRoot, fsGroupChangePolicy } = stated;
    Object.assign(this, { ensureNonRoot, fsGroupChangePolicy });
  }

  /** Lets the pod's processes read its volumes by this group, unless a group is stated. */
  public readVolumesAs(fsGroup: number): void {
    if (this.fsGroup !== undefined) return;
    Object.assign(this, { fsGroup, fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH });
  }
}

/** Replaces what cdk8s-plus decided about a container by what was stated. */
export function onlyStated(container: kplus.Container, stated: kplus.ContainerSecurityContextProps | undefined) {
  return Object.assign(container, { securityContext: new StatedContainerSecurity(stated) });
}
