import { type Intent, type OpenExemption, tcp } from './intent';
import { etcdRows, guarded, hosts, type Member, networks, type Row, requirements, sources } from './rows';

export interface EtcdIntentProps {
  /** Hosts of etcd, and of nothing else. Stacked etcd is part of a cluster's intent. */
  readonly members: readonly Member[];
  /** Addresses of the API servers. */
  readonly clients: readonly string[];
  /** Addresses of the bastion. @default - none: port 22 is closed */
  readonly bastion?: readonly string[];
  /** Addresses that scrape metrics on port 2381, which carries no keys. @default - none */
  readonly monitoring?: readonly string[];
  /** @default 22 */
  readonly sshPort?: number;
  readonly exemptions?: readonly OpenExemption[];
}

/** The intent of an etcd cluster on hosts of its own. Not yet checked: pass it to `check`. */
export function etcdIntent(props: EtcdIntentProps): Intent {
  const ssh = tcp(props.sshPort ?? 22);
  const groups = [
    hosts('etcd', 'etcd', props.members),
    networks('api-servers', 'API servers', props.clients),
    ...(props.bastion === undefined ? [] : [networks('bastion', 'Bastion', props.bastion)]),
    ...(props.monitoring === undefined ? [] : [networks('monitoring', 'Monitoring', props.monitoring)]),
  ];
  const known = new Set(groups.map(({ name }) => name));
  const rows: Row[] = [
    ...etcdRows,
    {
      from: 'bastion',
      to: 'etcd',
      ports: [ssh],
      reason: 'SSH goes through the bastion alone.',
      source: sources.hardening,
      breaks: 'nobody can log in to repair a member',
    },
    {
      from: 'monitoring',
      to: 'etcd',
      ports: [tcp(2381)],
      reason: 'Metrics without keys are scraped.',
      source: sources.etcd,
    },
  ].filter(({ from }) => known.has(from));
  return {
    groups,
    flows: rows.map(({ breaks, ...flow }) => flow),
    required: requirements(rows),
    guarded: guarded(tcp(6443), ssh),
    ...(props.exemptions !== undefined && { exemptions: props.exemptions }),
  };
}
