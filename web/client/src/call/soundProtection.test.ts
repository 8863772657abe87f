import { expect, test } from 'vitest';
import { SoundProtection } from './soundProtection';

test('sound is sent twice as soon as packets get lost, and once when that is long over', () => {
  const protection = new SoundProtection();
  expect(protection.decide({ loss: 0, room: null })).toBeNull();
  expect(protection.decide({ loss: 0.05, room: 900_000 })).toBe(true);
  expect(protection.decide({ loss: 0.2, room: 900_000 })).toBeNull();
  for (let i = 0; i < 7; i++) expect(protection.decide({ loss: 0, room: 900_000 })).toBeNull();
  expect(protection.decide({ loss: 0, room: 900_000 })).toBe(false);
});

test('loss in between starts the wait anew', () => {
  const protection = new SoundProtection();
  protection.decide({ loss: 0.05, room: null });
  for (let i = 0; i < 7; i++) protection.decide({ loss: 0, room: null });
  expect(protection.decide({ loss: 0.02, room: null })).toBeNull();
  expect(protection.decide({ loss: 0, room: null })).toBeNull();
});

test('where hardly anything fits, once is all', () => {
  const protection = new SoundProtection();
  expect(protection.decide({ loss: 0.3, room: 100_000 })).toBeNull();
  expect(protection.decide({ loss: 0.3, room: 300_000 })).toBe(true);
  expect(protection.decide({ loss: 0.3, room: 100_000 })).toBe(false);
});

test('nothing is decided before the hub has reported', () => {
  expect(new SoundProtection().decide({ loss: null, room: 50_000 })).toBeNull();
});
