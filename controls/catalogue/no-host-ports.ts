import { defineControl } from '../control';
import { port } from '../places';

export const control = defineControl({
  id: 'no-host-ports',
  title: 'Containers take no ports of their node',
  why: 'A port of the node is reachable past the Service and many network policies, and can stand in for a node’s own service.',
  severity: 'medium',
  about: 'pods',
  profiles: ['baseline', 'restricted', 'hardened'],
  references: { pss: 'hostPorts', cis: ['5.2.12'], nsa: ['Pod security enforcement'] },
  caution: 'Whoever reached the container at the node’s address needs a Service.',
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: port,
          holds: 'port.?hostPort.orValue(0) == 0',
          field: 'hostPort',
          must: 'be absent or 0 (a pod with hostNetwork has its containerPorts there too)',
          fix: [{ remove: 'hostPort' }],
        },
      ],
    },
  ],
  examples: {
    good: ['containers: [{name: app, image: app, ports: [{containerPort: 8080}]}]'],
    bad: ['containers: [{name: app, image: app, ports: [{containerPort: 8080, hostPort: 80}]}]'],
  },
});
