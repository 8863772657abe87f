import { expect, test } from 'vitest';
import { cleanPin, readEntry, readTyped, withoutSecrets } from './address';

const read = (path: string) => readEntry(new URL(path, 'https://video.example.org'));
const strip = (path: string) => withoutSecrets(new URL(path, 'https://video.example.org'));

test('a short link', () => {
  expect(read('/m/0a1b2c3d4e5f')).toMatchObject({ shortId: '0a1b2c3d4e5f', conference: null, express: false });
});

test('the connection test', () => {
  expect(read('/test').test).toBe(true);
  expect(read('/test/').test).toBe(true);
  expect(read('/m/test').test).toBe(false);
});

test('parameters in the fragment, as in links sent by mail', () => {
  expect(read('/webapp/#/?conference=1000@rooms.example.org&pin=12345&role=Host')).toMatchObject({
    conference: '1000@rooms.example.org',
    pin: '12345',
    role: 'host',
  });
});

test('parameters in the query win over the fragment', () => {
  expect(read('/webapp/?conference=a&name=Query#/?conference=b&muteCamera=true')).toMatchObject({
    conference: 'a',
    name: 'Query',
    muteCamera: true,
  });
});

test('the address in the path, plain or encoded, with and without express', () => {
  expect(read('/webapp3/m/1000@rooms.example.org')).toMatchObject({ conference: '1000@rooms.example.org', express: false });
  expect(read('/webapp3/m/1000%40rooms.example.org/express?join=1')).toMatchObject({
    conference: '1000@rooms.example.org',
    express: true,
    join: true,
  });
  expect(read('/webapp3/m/%E0%A4%A').conference).toBeNull();
});

test('flags are off unless said', () => {
  expect(read('/?muteMicrophone=false&muteCamera=0')).toMatchObject({ muteMicrophone: false, muteCamera: false, join: false });
});

test('a portal link mutes the microphone with the words of the API', () => {
  expect(read('/webapp/?muteMicrophone=muted').muteMicrophone).toBe(true);
  expect(read('/webapp/?muteMicrophone=off').muteMicrophone).toBe(true);
});

test('an unknown role is no role', () => {
  expect(read('/?role=admin').role).toBeNull();
});

test('PIN and role leave the address, the rest stays', () => {
  expect(strip('/webapp/?conference=a&pin=1234')).toBe('/webapp/?conference=a');
  expect(strip('/webapp/#/?conference=a%40b&pin=1234&role=host')).toBe('/webapp/#/?conference=a%40b');
  expect(strip('/webapp/#/?pin=1234')).toBe('/webapp/#/');
  expect(strip('/m/0a1b2c3d4e5f')).toBeNull();
});

test("a host's ticket is read and leaves the address", () => {
  const link = '/m/0a1b2c3d4e5f#/?ticket=eyJy.c2ln';
  expect(read(link)).toMatchObject({ shortId: '0a1b2c3d4e5f', ticket: 'eyJy.c2ln' });
  expect(strip(link)).toBe('/m/0a1b2c3d4e5f#/');
  expect(read('/m/0a1b2c3d4e5f').ticket).toBeNull();
});

test('spaces and dashes in a PIN do not matter', () => {
  expect(cleanPin(' 12 34-5 ')).toBe('12345');
});

test('what is typed is an address, or a link of this hub', () => {
  const origin = 'https://video.example.org';
  expect(readTyped(' 1000@rooms.example.org ', origin)).toEqual({ address: '1000@rooms.example.org' });
  expect(readTyped('sip:1000@rooms.example.org', origin)).toEqual({ address: '1000@rooms.example.org' });
  expect(readTyped(`${origin}/m/0a1b2c3d4e5f`, origin)).toEqual({ link: '/m/0a1b2c3d4e5f' });
  expect(readTyped('https://other.example/webapp/?conference=1@x', origin)).toEqual({ address: '1@x' });
  expect(readTyped('https://other.example/m/abc', origin)).toBeNull();
  expect(readTyped('  ', origin)).toBeNull();
});

test('when the meeting starts, where a portal’s link says it', () => {
  expect(read('/webapp/?conference=1000@rooms.example.org&start_dato=2026-12-01T12:00:00').startsAt).toBe(new Date(2026, 11, 1, 12).getTime());
  expect(read('/webapp/?conference=1000@rooms.example.org&start_dato=soon').startsAt).toBeNull();
  expect(read('/webapp/?conference=1000@rooms.example.org').startsAt).toBeNull();
});
