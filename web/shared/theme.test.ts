import { expect, test } from 'vitest';
import { BLACK, contrast, format, parse, type Rgb, WHITE } from './colour';
import { dialled, pick, PLAIN, properties, readTheme, type Scheme } from './theme';

const ORIGIN = 'https://video.example.dk';
const rgb = (text: string): Rgb => parse(text) ?? BLACK;

const SCHEMES: Scheme[] = [false, true].flatMap((strong) => [
  { ink: rgb('#10292c'), card: WHITE, paper: rgb('#f7f4ee'), dark: false, strong },
  { ink: rgb('#f2f6f4'), card: rgb('#1d2729'), paper: rgb('#111819'), dark: true, strong },
]);

test('colours are read, written and compared', () => {
  expect(parse('#0af')).toEqual([0, 170, 255]);
  expect(parse('red; background: url(x)')).toBeNull();
  expect(format([0, 170, 255])).toBe('#00aaff');
  expect(contrast(BLACK, WHITE)).toBeCloseTo(21);
});

test('whatever an organisation chooses, text can be read', () => {
  const parts = ['00', '33', '80', 'cc', 'ff'];
  const all = parts.flatMap((r) => parts.flatMap((g) => parts.map((b) => rgb(`#${r}${g}${b}`))));
  for (const scheme of SCHEMES) {
    for (const primary of all) {
      for (const background of [null, WHITE, BLACK, rgb('#ff3380'), rgb('#33cc80')]) {
        const found = properties({ primary, background }, scheme);
        const read = (name: string): Rgb => rgb(found[name] ?? '');
        const paper = found['--paper'] ? read('--paper') : scheme.paper;
        const least = scheme.strong ? 7 : 4.5;
        const pairs: [string, Rgb, Rgb, number][] = [
          ['text', scheme.ink, paper, 7],
          ['text on pale', scheme.ink, read('--primary-pale'), 7],
          ['links', read('--primary'), paper, least],
          ['links on cards', read('--primary'), scheme.card, least],
          ['links on pale', read('--primary'), read('--primary-pale'), least],
          ['buttons', read('--on-primary'), read('--primary'), least],
          ['buttons pointed at', read('--on-primary'), read('--primary-strong'), 4.5],
          ['welcome', WHITE, read('--panel'), 7],
          ['welcome below', WHITE, read('--panel-deep'), 7],
        ];
        for (const [what, one, other, needed] of pairs) {
          const name = `${what}: ${format(primary)} ${background ? format(background) : ''} ${JSON.stringify(scheme)}`;
          expect(contrast(one, other), name).toBeGreaterThanOrEqual(needed);
        }
      }
    }
  }
});

test('only what is usable is taken', () => {
  expect(readTheme(undefined, ORIGIN)).toEqual(PLAIN);
  expect(readTheme('x', ORIGIN)).toEqual(PLAIN);
  const odd = { logo_url: 'https://elsewhere.example/logo.svg', colours: { primary: 'red' }, support_phone: 'call me', terms_url: 'javascript:alert(1)', welcome_title: { da: ' ', en: 7 } };
  expect(readTheme(odd, ORIGIN)).toEqual(PLAIN);
  const full = readTheme(
    {
      name: 'Region Test',
      logo_url: '/themes/1/logo.svg',
      colours: { primary: '#123456', background: null },
      welcome_title: { da: 'Hej', en: 'Hello' },
      support_phone: '+45 12 34 56 78',
      terms_url: 'https://elsewhere.example/terms',
    },
    ORIGIN,
  );
  expect(full.logo).toBe(`${ORIGIN}/themes/1/logo.svg`);
  expect(full.colours).toEqual({ primary: rgb('#123456'), background: null });
  expect(full.terms).toBe('https://elsewhere.example/terms');
  expect(dialled(full.supportPhone ?? '')).toBe('+4512345678');
});

test('a text is in the language wanted, else in one that is there', () => {
  const texts = { da: 'Hej', en: 'Hello' };
  expect(pick(texts, ['en', 'da'])).toEqual({ text: 'Hello', lang: 'en' });
  expect(pick(texts, ['kl', 'da'])).toEqual({ text: 'Hej', lang: 'da' });
  expect(pick({ de: 'Hallo' }, ['da', 'en'])).toEqual({ text: 'Hallo', lang: 'de' });
  expect(pick({}, ['da'])).toBeNull();
});
