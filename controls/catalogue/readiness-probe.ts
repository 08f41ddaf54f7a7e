import { defineControl } from '../control';
import { mainContainer } from '../places';

export const control = defineControl({
  id: 'readiness-probe',
  title: 'Containers say when they can serve',
  why: 'Without it a pod gets requests as soon as its process runs, and during an update the old pods end before the new ones can answer.',
  severity: 'low',
  about: 'pods',
  profiles: ['hardened'],
  references: {
    urls: ['https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/'],
  },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: mainContainer,
          holds: 'variables.pod.?restartPolicy.orValue("Always") != "Always" || has(container.readinessProbe)',
          field: 'readinessProbe',
          must: 'ask whether the container can serve',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, readinessProbe: {httpGet: {port: 8080}}}]',
      '{restartPolicy: Never, containers: [{name: job, image: job}]}',
    ],
    bad: ['containers: [{name: app, image: app}]', '{restartPolicy: Always, containers: [{name: app, image: app}]}'],
  },
});
