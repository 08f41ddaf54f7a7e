import { checkExemption, isExpired, today } from '../../controls';

const good = {
  control: 'no-host-path',
  object: { kind: 'DaemonSet', namespace: 'kube-system', name: 'logs' },
  reason: 'reads the logs of its node',
  until: '2027-03-01',
};
const known = (id: string) => id === 'no-host-path';
const check = (exemption: unknown) => checkExemption(exemption, 'casemate.yaml: exemptions[0]', known);

test('an exemption that says everything is taken as it is', () => {
  expect(check(good)).toEqual(good);
});

test('an object of the cluster has no namespace', () => {
  const exemption = { ...good, object: { kind: 'ClusterRole', name: 'deployer' } };
  expect(check(exemption)).toEqual(exemption);
});

test.each([
  ['no object at all', 'no-host-path', 'exemption is "no-host-path", expected an object'],
  ['an unknown control', { ...good, control: 'no-hostpath' }, 'control is "no-hostpath", expected the id of a control'],
  ['a control that is no text', { ...good, control: 1 }, 'control is 1, expected a text that is not empty'],
  ['no object', { ...good, object: undefined }, 'object is absent, expected an object'],
  ['no kind', { ...good, object: { name: 'logs' } }, 'object.kind is absent, expected a text'],
  ['no name', { ...good, object: { kind: 'DaemonSet' } }, 'object.name is absent, expected a text'],
  [
    'an empty namespace',
    { ...good, object: { ...good.object, namespace: '' } },
    'object.namespace is "", expected a text',
  ],
  ['no reason', { ...good, reason: ' ' }, 'reason is " ", expected a text that is not empty'],
  ['no end', { ...good, until: undefined }, 'until is absent, expected a text'],
  ['an end that is no day', { ...good, until: 'tomorrow' }, 'until is "tomorrow", expected a day, as YYYY-MM-DD'],
  ['a day no month has', { ...good, until: '2027-02-30' }, 'until is "2027-02-30", expected a day, as YYYY-MM-DD'],
  ['a time', { ...good, until: '2027-03-01T00:00:00Z' }, 'until is "2027-03-01T00:00:00Z", expected a day'],
  ['an unknown field', { ...good, expires: '2027-03-01' }, 'exemption.expires is "2027-03-01", expected no such field'],
  ['a field of every object', JSON.parse('{"__proto__": {}}'), 'exemption.__proto__ is {}, expected no such field'],
])('%s is refused, with the place and what is expected', (_, exemption, message) => {
  expect(() => check(exemption)).toThrow(RangeError);
  expect(() => check(exemption)).toThrow(`casemate.yaml: exemptions[0]: ${message}`);
});

test('an exemption is honoured on its last day, and no longer', () => {
  expect(isExpired(good, '2027-02-28')).toBe(false);
  expect(isExpired(good, '2027-03-01')).toBe(false);
  expect(isExpired(good, '2027-03-02')).toBe(true);
});

test('today is a day in UTC', () => {
  jest.useFakeTimers({ now: Date.UTC(2026, 10, 21, 23, 59, 59) });
  expect(today()).toBe('2026-11-21');
  jest.useRealTimers();
});
