import { keyOf, resolvePlain } from '../../../inventory/yaml/scalars';

test.each([
  ['yes', true],
  ['Off', false],
  ['y', true],
  ['~', null],
  ['', null],
  ['yEs', 'yEs'],
  ['0777', 511],
  ['0o777', 511],
  ['08', 8],
  ['0o8', '0o8'],
  ['0b101', 5],
  ['0b-101', -5],
  ['0x1F', 31],
  ['1_000', 1000],
  ['_1', '_1'],
  ['1e3', 1000],
  ['1.0', 1],
  ['-0', 0],
  ['.5', 0.5],
  ['1e400', '1e400'],
  ['18446744073709551616', 18446744073709552000],
  ['0x1ffffffffffffffff', '0x1ffffffffffffffff'],
  ['2001-01-01', '2001-01-01'],
  ['12:30:45', '12:30:45'],
  ['100m', '100m'],
  ['<<', '<<'],
  ['.nan', Number.NaN],
  ['-.inf', Number.NEGATIVE_INFINITY],
])('the plain scalar %j is %p', (text, value) => {
  expect(resolvePlain(text)).toBe(value);
});

test.each([
  ['name', 'name'],
  ['yes', 'true'],
  ['0x10', '16'],
  ['9223372036854775807', '9223372036854775807'],
  ['9223372036854775808', undefined],
  ['1.10', '1.1'],
  ['1234567.5', '1.2345675e+06'],
  ['0.00001', '1e-05'],
  ['.inf', '.inf'],
  ['~', undefined],
])('the plain key %j names the member %j', (text, name) => {
  expect(keyOf(text)).toBe(name);
});
