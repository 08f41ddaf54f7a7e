import { type Intent, type OpenExemption, tcp } from './intent';
import { guarded, hosts, type Member, networks, type Row, requirements, sources } from './rows';

export interface BastionIntentProps {
  readonly bastion: readonly Member[];
  /** Networks of the office or VPN. */
  readonly admins: readonly string[];
  /** @default 22 */
  readonly sshPort?: number;
  readonly exemptions?: readonly OpenExemption[];
}

/** The intent of the bastion alone: SSH from the office, nothing else. Not yet checked: pass it to `check`. */
export function bastionIntent(props: BastionIntentProps): Intent {
  const ssh = tcp(props.sshPort ?? 22);
  const row: Row = {
    from: 'admins',
    to: 'bastion',
    ports: [ssh],
    reason: 'Admins enter at the bastion.',
    source: sources.hardening,
    breaks: 'nobody can log in to the bastion, nor to anything behind it',
  };
  const { breaks, ...flow } = row;
  return {
    groups: [hosts('bastion', 'Bastion', props.bastion), networks('admins', 'Admins', props.admins)],
    flows: [flow],
    required: requirements([row]),
    guarded: guarded(tcp(6443), ssh),
    ...(props.exemptions !== undefined && { exemptions: props.exemptions }),
  };
}
