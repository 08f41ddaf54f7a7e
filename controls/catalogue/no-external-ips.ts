import { defineControl } from '../control';
import { object } from '../places';

const none = 'object.spec.?externalIPs.orValue([]).size() == 0';
const outside = 'object.spec.?type.orValue("ClusterIP") in ["NodePort", "LoadBalancer"]';
const demand = { each: object, field: 'spec.externalIPs', must: 'be absent' };

export const control = defineControl({
  id: 'no-external-ips',
  title: 'Services claim no address of others',
  why: 'A Service may list any address in externalIPs and then receives what the cluster sends there: traffic of others can be read and answered (CVE-2020-8554).',
  severity: 'high',
  about: { group: '', versions: ['v1'], resources: { Service: 'services' } },
  profiles: ['hardened'],
  references: { attack: ['T1557'], urls: ['https://github.com/kubernetes/kubernetes/issues/97076'] },
  caution: 'The Service is no longer reached at those addresses.',
  revisions: [
    {
      since: '1.0',
      assert: [
        { ...demand, holds: `${none} || !(${outside})`, fix: [{ remove: 'spec.externalIPs' }] },
        {
          ...demand,
          holds: `${none} || ${outside}`,
          // The API server writes the policy in because of the addresses, and refuses it without them.
          fix: [{ remove: 'spec.externalTrafficPolicy' }, { remove: 'spec.externalIPs' }],
        },
      ],
    },
  ],
  examples: {
    good: [
      `
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80}]}
`,
    ],
    bad: [
      `
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80}], externalIPs: [198.51.100.7]}
`,
    ],
  },
});
