import { ApiObject, Chart, Lazy, Testing } from 'cdk8s';
import { fromCharts } from '../../inventory';

function shop() {
  const app = Testing.app();
  const outer = new Chart(app, 'shop', { namespace: 'web' });
  const spec = { replicas: Lazy.any({ produce: () => 2 }), template: { spec: { containers: [] } } };
  new ApiObject(outer, 'cart', { apiVersion: 'apps/v1', kind: 'Deployment', spec });
  const inner = new Chart(outer, 'inner');
  new ApiObject(inner, 'config', { apiVersion: 'v1', kind: 'ConfigMap' });
  return { app, outer, inner };
}

test('the objects of a chart are there as synthesized, each with its construct', () => {
  const { outer } = shop();
  const inventory = fromCharts([outer]);
  expect(inventory.objects.map(({ kind, namespace, origin }) => [kind, namespace, origin.construct])).toEqual([
    ['Deployment', 'web', 'shop/cart'],
    ['ConfigMap', undefined, 'shop/inner/config'],
  ]);
  const [deployment] = inventory.objects;
  expect(deployment?.value).toEqual(Testing.synth(outer)[0]);
  expect(deployment?.value.spec).toMatchObject({ replicas: 2 });
  expect(deployment?.pods).toEqual([
    { metadata: ['spec', 'template', 'metadata'], spec: ['spec', 'template', 'spec'] },
  ]);
  expect(deployment && inventory.locate(deployment, ['spec'])).toBeUndefined();
});

test('an object comes once, though its chart is inside of another that is given too', () => {
  const { app, outer, inner } = shop();
  expect(fromCharts([outer, inner]).objects).toHaveLength(2);
  expect(fromCharts(app.charts).documents).toBe(2);
});

test('what cannot be a pod is an error in a chart too', () => {
  const chart = new Chart(Testing.app(), 'shop');
  new ApiObject(chart, 'cart', { apiVersion: 'v1', kind: 'Pod', spec: 'none' });
  expect(fromCharts([chart]).problems).toEqual([
    expect.objectContaining({
      level: 'error',
      message: 'spec must be a mapping, this is the string "none", and hides a pod',
    }),
  ]);
});
