import { expect, test } from 'vitest';
import { cards, type State } from './told';

const browser = { maker: 'chrome', system: 'windows' } as const;
const both = { camera: true, microphone: true };
const fine: State = { problems: {}, held: { camera: false, microphone: false }, silent: false, microphoneLabel: 'Headset' };
const told = (state: Partial<State>, wanted = both) => cards({ ...fine, ...state }, wanted, browser);

test('nothing is wrong, nothing is said', () => {
  expect(told({})).toEqual([]);
});

test('the same for both is said once', () => {
  const refused = { why: 'refused', label: '' } as const;
  const [card, ...more] = told({ problems: { camera: refused, microphone: refused } });
  expect(more).toEqual([]);
  expect(card).toMatchObject({ what: 'both', happened: 'devices.refused', mend: 'permit' });
  expect(card?.steps[0]).toBe('guide.siteIcon');
});

test('what is different is said singly, the sound first; what is not wanted is not said', () => {
  const problems = { camera: { why: 'busy', label: '' }, microphone: { why: 'none', label: '' } } as const;
  expect(told({ problems }).map(({ id, mend }) => [id, mend])).toEqual([
    ['none-microphone', 'retry'],
    ['busy-camera', 'retry'],
  ]);
  expect(told({ problems }, { camera: false, microphone: true }).map(({ id }) => id)).toEqual(['none-microphone']);
});

test('what went is called by its name', () => {
  const problems = { camera: { why: 'unplugged', label: 'Logitech C920' }, microphone: { why: 'unplugged', label: 'Headset' } } as const;
  expect(told({ problems }).map(({ happened, label }) => [happened, label])).toEqual([
    ['devices.unplugged.named', 'Headset'],
    ['devices.unplugged.named', 'Logitech C920'],
  ]);
});

test('a microphone held back by the system is not called silent as well', () => {
  expect(told({ silent: true }).map(({ id }) => id)).toEqual(['silent']);
  expect(told({ silent: true, held: { camera: false, microphone: true } }).map(({ id }) => id)).toEqual(['held']);
});
