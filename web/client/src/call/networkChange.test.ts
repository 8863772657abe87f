import { afterEach, expect, test, vi } from 'vitest';
import { NetworkChange } from './networkChange';

/** A browser on a phone, or on a desk, where it does not say on what network it is. */
function browser(type?: string) {
  const connection = Object.assign(new EventTarget(), type === undefined ? {} : { type });
  const window = new EventTarget();
  vi.stubGlobal('navigator', { connection });
  vi.stubGlobal('window', window);
  return { connection: connection as EventTarget & { type?: string }, window };
}

afterEach(() => vi.unstubAllGlobals());

test('another network is told, another guess of its speed is not', () => {
  const [changed, gone] = [vi.fn(), vi.fn()];
  const { connection } = browser('wifi');
  const watching = new NetworkChange(changed, gone);
  connection.dispatchEvent(new Event('change'));
  expect(changed).not.toHaveBeenCalled();
  connection.type = 'cellular';
  connection.dispatchEvent(new Event('change'));
  expect(changed).toHaveBeenCalledOnce();
  watching.end();
  connection.type = 'wifi';
  connection.dispatchEvent(new Event('change'));
  expect(changed).toHaveBeenCalledOnce();
});

test('without a network there is nothing to look for; when there is one again, there is', () => {
  const [changed, gone] = [vi.fn(), vi.fn()];
  const { connection, window } = browser('wifi');
  const watching = new NetworkChange(changed, gone);
  connection.type = 'none';
  connection.dispatchEvent(new Event('change'));
  expect(changed).not.toHaveBeenCalled();
  window.dispatchEvent(new Event('offline'));
  expect(gone).toHaveBeenCalledOnce();
  window.dispatchEvent(new Event('online'));
  expect(changed).toHaveBeenCalledOnce();
  watching.end();
});

test('a browser that does not say what network it is on is heard only when it is online again', () => {
  const [changed, gone] = [vi.fn(), vi.fn()];
  const { connection, window } = browser();
  const watching = new NetworkChange(changed, gone);
  connection.dispatchEvent(new Event('change'));
  expect(changed).not.toHaveBeenCalled();
  window.dispatchEvent(new Event('online'));
  expect(changed).toHaveBeenCalledOnce();
  watching.end();
});
