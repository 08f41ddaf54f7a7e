import { defineControl } from '../control';
import { pod } from '../places';

const since1_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const since1_27 = [...since1_0, 'net.ipv4.ip_local_reserved_ports'];
const since1_29 = [
  ...since1_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const since1_32 = [...since1_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
const since1_37 = [...since1_32, 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat'];

const assert = (safe: readonly string[]) => [
  {
    each: pod,
    holds: `pod.?securityContext.?sysctls.orValue([]).all(sysctl, sysctl.?name.orValue("") in ${JSON.stringify(safe)})`,
    field: 'securityContext.sysctls',
    must: 'hold only sysctls that stay within the pod',
    fix: [{ filter: 'securityContext.sysctls', keep: `item.?name.orValue("") in ${JSON.stringify(safe)}` }],
  },
];

export const control = defineControl({
  id: 'safe-sysctls',
  title: 'Pods change only kernel settings of their own',
  why: 'Other sysctls weaken the kernel’s protection or change the node for every pod on it.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: {
    pss: 'sysctls',
    attack: ['T1611'],
    urls: ['https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/'],
  },
  caution: 'The pod runs with the node’s value of the removed setting.',
  revisions: [
    { since: '1.0', assert: assert(since1_0) },
    { since: '1.27', assert: assert(since1_27) },
    { since: '1.29', assert: assert(since1_29) },
    { since: '1.32', assert: assert(since1_32) },
    { since: '1.37', assert: assert(since1_37) },
  ],
  examples: {
    good: [
      '{securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}]}, containers: [{name: app, image: app}]}',
    ],
    bad: [
      '{securityContext: {sysctls: [{name: kernel.core_pattern, value: "|/bin/sh"}]}, containers: [{name: app, image: app}]}',
    ],
  },
});
