import { defineControl } from '../control';
import { mainContainer } from '../places';

export const control = defineControl({
  id: 'liveness-probe',
  title: 'Containers that hang are restarted',
  why: 'A process that runs but answers nothing stays as it is until a person sees it.',
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
          holds: 'variables.pod.?restartPolicy.orValue("Always") != "Always" || has(container.livenessProbe)',
          field: 'livenessProbe',
          must: 'ask whether the container still works',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, livenessProbe: {httpGet: {port: 8080}}}]',
      '{restartPolicy: Never, containers: [{name: job, image: job}]}',
    ],
    bad: ['containers: [{name: app, image: app}]', '{restartPolicy: Always, containers: [{name: app, image: app}]}'],
  },
});
