import { expect, test } from 'vitest';
import { ChatLog } from './chat';

const event = { type: 'text/plain', payload: 'hej', origin: 'Vært', uuid: 'a' };

test('what others and the visitor write stands in its order', () => {
  const log = new ChatLog();
  log.received(event, 1);
  log.written('hej selv', null, 2);
  log.received({ ...event, payload: 'kun dig', direct: true }, 3);
  expect(log.messages.map(({ text, from, direct }) => [text, from?.name, direct])).toEqual([
    ['hej', 'Vært', false],
    ['hej selv', undefined, false],
    ['kun dig', 'Vært', true],
  ]);
  expect(new Set(log.messages.map(({ id }) => id)).size).toBe(3);
});

test('what programs say is no message for people', () => {
  const log = new ChatLog();
  expect(log.received({ ...event, type: 'application/json' }, 1)).toBe(false);
  expect(log.messages).toEqual([]);
});

test('the oldest make way', () => {
  const log = new ChatLog();
  for (let n = 0; n < 600; n++) log.written(String(n), null, n);
  expect(log.messages).toHaveLength(500);
  expect(log.messages[0]?.text).toBe('100');
});
