import { defineControl } from '../control';
import { environmentVariable } from '../places';

/** Names that end so hold a secret; DB_PASSWORD_FILE, TOKEN_URL and SECRET_NAME do not. */
const names = [
  'pass(word|wd|phrase)',
  '[_-]pwd',
  'secret',
  'token',
  '(api|access|secret|private|encryption|signing)[_-]?key',
  'credentials?',
  'connection[_-]?string',
].join('|');

export const control = defineControl({
  id: 'no-secret-in-environment',
  title: 'No secret is written into a manifest',
  why: 'What stands in a manifest stands in Git, in the API server’s answers to everyone who may read pods, and in most tools’ logs.',
  severity: 'high',
  about: 'pods',
  profiles: ['hardened'],
  references: { cis: ['5.4.1'], nsa: ['Secrets'], attack: ['T1552.001'] },
  revisions: [
    {
      since: '1.0',
      assert: [
        {
          each: environmentVariable,
          // $(OTHER) refers to another variable; true and false switch something.
          holds:
            `env.?value.orValue("") in ["", "true", "false"] || !env.name.matches("(?i)(${names})$") || ` +
            'env.value.matches("^[$][(][^)]+[)]$")',
          field: 'valueFrom',
          must: 'take the value from a Secret (secretKeyRef), or a file must hold it',
        },
      ],
    },
  ],
  examples: {
    good: [
      'containers: [{name: app, image: app, env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]',
      'containers: [{name: app, image: app, env: [{name: DB_PASSWORD_FILE, value: /run/secrets/password}, {name: TOKEN_URL, value: "https://login.example"}]}]',
      'containers: [{name: app, image: app, env: [{name: MYSQL_PASSWORD, value: $(DB_PASSWORD)}, {name: USE_TOKEN, value: "true"}, {name: PWD, value: /app}]}]',
    ],
    bad: [
      'DB_PASSWORD',
      'dbPassword',
      'GITHUB_TOKEN',
      'STRIPE_API_KEY',
      'AWS_SECRET_ACCESS_KEY',
      'CLIENT_SECRET',
      'MYSQL_PWD',
    ].map((name) => `containers: [{name: app, image: app, env: [{name: ${name}, value: hunter2}]}]`),
  },
});
