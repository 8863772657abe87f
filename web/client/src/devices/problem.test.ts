import { expect, test } from 'vitest';
import { isTooChoosy, problemOf } from './problem';

const error = (name: string, message = '') => new DOMException(message, name);
const SLOWLY = 3_000;

test.each([
  // Chromium's words for a system that keeps the camera from the browser.
  ['NotAllowedError', 'Permission denied by system', 'granted', SLOWLY, 'system'],
  ['NotAllowedError', 'Permission denied', 'granted', SLOWLY, 'system'],
  ['NotAllowedError', 'Permission denied', 'denied', SLOWLY, 'refused'],
  ['NotAllowedError', 'Permission dismissed', 'prompt', 20, 'dismissed'],
  ['NotAllowedError', '', 'prompt', SLOWLY, 'dismissed'],
  // No person was quick enough to have answered.
  ['NotAllowedError', '', 'prompt', 20, 'refused'],
  ['NotAllowedError', '', null, SLOWLY, 'refused'],
  ['NotFoundError', 'Requested device not found', 'granted', 20, 'none'],
  ['OverconstrainedError', '', 'granted', 20, 'none'],
  ['NotReadableError', 'Could not start video source', 'granted', 20, 'busy'],
  ['AbortError', '', 'granted', 20, 'busy'],
] as const)('%s "%s" with permission %s after %i ms is %s', (name, message, permission, afterMs, why) => {
  expect(problemOf(error(name, message), permission, afterMs)).toBe(why);
});

test('asking for less helps against constraints, and against one device that is gone', () => {
  expect(isTooChoosy(error('OverconstrainedError'), false)).toBe(true);
  expect(isTooChoosy(error('NotFoundError'), true)).toBe(true);
  expect(isTooChoosy(error('NotFoundError'), false)).toBe(false);
  expect(isTooChoosy(error('NotAllowedError'), true)).toBe(false);
});
