import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/**
 * Where a cluster resolves names, after the Service's address was translated:
 *
 * - `kubernetes`: the kube-dns pods (CoreDNS) in kube-system, port 53;
 * - `openshift`: the dns-default pods in openshift-dns, port 5353;
 * - `nodelocal`: NodeLocal DNSCache on 169.254.20.10, port 53, and the kube-dns pods, which it falls back to.
 */
export type Dns = 'kubernetes' | 'openshift' | 'nodelocal';

// https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
const NODE_LOCAL = '169.254.20.10/32';

/** Lets the pods that a policy selects ask the cluster's DNS, over UDP, and over TCP for long answers. */
export function allowDns(policy: kplus.NetworkPolicy, dns: Dns): void {
  const scope = new Construct(policy, 'Dns');
  if (dns === 'nodelocal') {
    policy.addEgressRule(kplus.NetworkPolicyIpBlock.ipv4(scope, 'NodeLocal', NODE_LOCAL), ports(53));
  }
  const openshift = dns === 'openshift';
  const pods = kplus.Pods.select(scope, 'Pods', {
    namespaces: kplus.Namespaces.select(scope, 'Namespace', { names: [openshift ? 'openshift-dns' : 'kube-system'] }),
    // https://docs.openshift.com/container-platform/latest/networking/networking_operators/dns-operator.html
    labels: openshift ? { 'dns.operator.openshift.io/daemonset-dns': 'default' } : { 'k8s-app': 'kube-dns' },
  });
  policy.addEgressRule(pods, ports(openshift ? 5353 : 53));
}

function ports(number: number): kplus.NetworkPolicyPort[] {
  return [kplus.NetworkPolicyPort.udp(number), kplus.NetworkPolicyPort.tcp(number)];
}
