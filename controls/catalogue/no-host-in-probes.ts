import { defineControl } from '../control';
import { container } from '../places';

const fields = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'].flatMap(
  (handler) => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`],
);

export const control = defineControl({
  id: 'no-host-in-probes',
  title: 'Probes and lifecycle hooks call the pod itself',
  why: 'The kubelet makes these calls from the node: with a host of its choice a pod reaches what only the node may, such as the cloud’s metadata service.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: {
    pss: 'hostProbesAndHostLifecycle',
    attack: ['T1552.005'],
    urls: ['https://github.com/kubernetes/enhancements/issues/4940'],
  },
  caution: 'The call goes to the pod’s own address instead.',
  revisions: [
    {
      since: '1.34',
      assert: fields.map((field) => ({
        each: container,
        holds: `container.?${field.replaceAll('.', '.?')}.orValue("") == ""`,
        field,
        must: 'be absent, so that the pod itself is called',
        fix: [{ remove: field }],
      })),
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app, livenessProbe: {httpGet: {port: 8080}}}]'],
    bad: fields.map((field) => {
      const nested = field.split('.').reduceRight<string>((inner, key) => `{${key}: ${inner}}`, '169.254.169.254');
      return `containers: [{name: app, image: app, ${nested.slice(1, -1)}}]`;
    }),
  },
});
