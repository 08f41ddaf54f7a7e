import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ControlPlane, startControlPlane } from './support/control-plane';

describe('the control plane that the tests run', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane?.stop());

  test('is Kubernetes 1.37', async () => {
    expect((await plane.client.get('/version')).body).toMatchObject({ major: '1', minor: '37' });
  });

  test('knows nobody without a token', async () => {
    await expect(plane.kubectl('--token=wrong', 'get', 'namespaces')).rejects.toThrow('You must be logged in');
  });

  test('admits by policies in version 1', async () => {
    const kinds = await plane.kubectl('api-resources', '--api-group=admissionregistration.k8s.io', '--no-headers');
    for (const kind of ['ValidatingAdmissionPolicy', 'MutatingAdmissionPolicy']) {
      expect(kinds).toMatch(new RegExp(`admissionregistration.k8s.io/v1 +false +${kind}\\n`));
    }
  });

  test('leaves nothing behind', async () => {
    const other = await startControlPlane();
    const folder = dirname(other.kubeconfig);
    expect(existsSync(folder)).toBe(true);
    await other.stop();
    expect(existsSync(folder)).toBe(false);
    await expect(other.client.get('/version')).rejects.toThrow();
  });
});
