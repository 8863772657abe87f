import { expect, test } from 'vitest';
import { ending } from './meeting';

test('only what somebody decided ends a stay', () => {
  expect(ending('API initiated participant disconnect')).toBe('removed');
  expect(ending('API initiated conference termination')).toBe('ended');
  expect(ending('User initiated disconnect')).toBe('left');
  expect(ending('')).toBe('ended');
  expect(ending('Timeout waiting for conference host to join or permit access to locked conference')).toBe('unhosted');
});

test('whoever the hub lost sight of goes in again', () => {
  expect(ending('Timer expired awaiting token refresh')).toBeNull();
  expect(ending('Signaling node disconnected')).toBeNull();
});
