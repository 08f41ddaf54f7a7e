import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { exempt, exemptionsOf, HardenedNamespace, harden, SecureDeployment } from '../../constructs';
import { cartProps, emptyChart, rootOf } from './compose';

const granted = { reason: 'writes beside its binary', until: '2099-01-01' };

describe('exempt', () => {
  test.each([
    ['no-such-control', granted, 'exemption of test/cart: control is "no-such-control", expected the id of a control'],
    [
      'image-digest',
      { ...granted, reason: '' },
      'exemption of test/cart: reason is "", expected a text that is not empty',
    ],
    [
      'image-digest',
      { ...granted, until: 'soon' },
      'exemption of test/cart: until is "soon", expected a day, as YYYY-MM-DD',
    ],
    ['image-digest', { ...granted, until: '2026-02-30' }, 'until is "2026-02-30", expected a day'],
    [
      'image-digest',
      { ...granted, until: '2020-01-01' },
      'exemption of test/cart: until is "2020-01-01", expected today (',
    ],
    ['image-digest', {} as never, 'exemption of test/cart: until is absent, expected'],
  ])('%s with %j is refused at once', (control, options, message) => {
    const cart = new SecureDeployment(emptyChart(), 'cart', cartProps);
    expect(() => exempt(cart, control, options)).toThrow(message);
  });

  test('a second reason for the same is refused', () => {
    const cart = new SecureDeployment(emptyChart(), 'cart', cartProps);
    exempt(cart, 'image-digest', granted);
    expect(() => exempt(cart, 'image-digest', granted)).toThrow(
      'exemption of test/cart: image-digest is exempted already; keep one reason and one day',
    );
  });
});

describe('exemptionsOf', () => {
  test('names the objects of the construct that the control is about', () => {
    const chart = emptyChart();
    exempt(new SecureDeployment(chart, 'cart', cartProps), 'image-digest', granted);
    expect(exemptionsOf(chart)).toEqual([
      { control: 'image-digest', object: { kind: 'Deployment', name: 'cart' }, ...granted, construct: 'test/cart' },
    ]);
  });

  test('a scope stands for all below it, and the nearest reason counts', () => {
    const chart = emptyChart();
    const shop = new HardenedNamespace(chart, 'shop');
    const cart = new SecureDeployment(shop, 'cart', cartProps);
    new SecureDeployment(shop, 'other', cartProps);
    exempt(shop, 'image-digest', granted);
    exempt(cart, 'image-digest', { ...granted, reason: 'nearer' });
    expect(exemptionsOf(chart).map(({ object, reason }) => [object.name, reason])).toEqual([
      ['cart', 'nearer'],
      ['other', granted.reason],
    ]);
  });

  test('does not spare an object of the same name in another chart', () => {
    const first = emptyChart();
    const carts = [first, new Chart(rootOf(first), 'production')].map(
      (chart) => new SecureDeployment(new HardenedNamespace(chart, 'shop'), 'cart', cartProps),
    );
    exempt(carts[0] as SecureDeployment, 'image-digest', granted);
    expect(exemptionsOf(rootOf(first))).toEqual([]);
    exempt(carts[1] as SecureDeployment, 'image-digest', granted);
    expect(exemptionsOf(rootOf(first))).toHaveLength(1);
  });
});

describe('the record that synthesis leaves', () => {
  const recorded = () => {
    const chart = emptyChart();
    const cart = new SecureDeployment(new HardenedNamespace(chart, 'shop'), 'cart', cartProps);
    exempt(cart, 'image-digest', granted);
    return { chart, app: rootOf(chart) };
  };
  const file = (outdir: string) => join(outdir, '.casemate', 'synth.json');

  test('says the construct of each object, though a Service and a Deployment have one name', () => {
    const { app } = recorded();
    app.synth();
    const record = JSON.parse(readFileSync(file(app.outdir), 'utf8'));
    expect(record.version).toBe(1);
    expect(record.objects).toEqual(
      expect.arrayContaining([
        { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart', construct: 'test/shop/cart' },
        {
          apiVersion: 'v1',
          kind: 'Service',
          namespace: 'shop',
          name: 'cart',
          construct: 'test/shop/cart/ClusterService',
        },
        { apiVersion: 'v1', kind: 'Namespace', name: 'shop', construct: 'test/shop' },
      ]),
    );
    expect(record.exemptions).toEqual([
      {
        control: 'image-digest',
        object: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
        ...granted,
        construct: 'test/shop/cart',
      },
    ]);
  });

  test('lies where neither kubectl nor cdk8s-cli looks, and is the same each time', () => {
    const { app } = recorded();
    app.synth();
    const first = readFileSync(file(app.outdir), 'utf8');
    app.synth();
    expect(readFileSync(file(app.outdir), 'utf8')).toBe(first);
    expect(readdirSync(app.outdir).sort()).toEqual(['.casemate', 'test.k8s.yaml']);
  });

  test('is not written by synthesis that writes no files', () => {
    const { chart, app } = recorded();
    app.synthYaml();
    Testing.synth(chart);
    expect(existsSync(file(app.outdir))).toBe(false);
  });

  test('is written for plain constructs that are hardened', () => {
    const chart = emptyChart();
    harden(chart);
    new kplus.ConfigMap(chart, 'flags', { data: { a: 'b' } });
    rootOf(chart).synth();
    expect(JSON.parse(readFileSync(file(rootOf(chart).outdir), 'utf8')).objects).toHaveLength(1);
  });
});
