import type { JsonObject } from '../../inventory';

/** What a pod template holds. */
export interface PodTemplate {
  readonly metadata?: JsonObject;
  readonly spec: JsonObject;
}

/** The same pod as an object of its own and as the template of others. Metadata is left as it is, but for names. */
export const workloads = {
  Pod: ({ metadata, spec }: PodTemplate): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace: 'shop', ...metadata },
    spec,
  }),
  Deployment: ({ metadata, spec }: PodTemplate): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'app' } },
      template: { metadata: { ...metadata, labels: { app: 'app' } }, spec },
    },
  }),
  CronJob: ({ metadata, spec }: PodTemplate): JsonObject => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'app', namespace: 'shop' },
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: { spec: { template: { ...(metadata !== undefined && { metadata }), spec } } },
    },
  }),
} as const;

export type Workload = keyof typeof workloads;
