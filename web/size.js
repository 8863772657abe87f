// What a visitor has to load: script and style, compressed as the hub serves them.
//
// The first step is what index.html names, what that imports, and the visitor's language. All is
// every script and style of the client, with one language. Exits 1 above the limits, and where
// anything would be requested from another host.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const FIRST_STEP_LIMIT = 60_000;
const ALL_LIMIT = 180_000;

const DIST = new URL('dist', import.meta.url).pathname;
const ASSETS = join(DIST, 'assets');
const LANGUAGES = readdirSync(new URL('shared/translations', import.meta.url)).map((file) => basename(file, '.json'));

/** Addresses that are names, not requests: namespaces, and what the framework's errors point to. */
const NAMES = /^https?:\/\/(www\.w3\.org|svelte\.dev)\//;
const REQUESTED = /https?:\/\/[\w.-]+\.[a-z]{2,}[^\s"'`)]*/gi;

const read = (file) => readFileSync(file, 'utf8');
const served = (file) => {
  const compressed = statSync(`${file}.br`, { throwIfNoEntry: false });
  return (compressed ?? statSync(file)).size;
};
const sum = (names) => [...names].reduce((total, name) => total + served(join(ASSETS, name)), 0);

/** The files a script imports at once, those that they import, and so on. */
function withImports(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  if (!name.endsWith('.js')) return found;
  for (const [, imported] of read(join(ASSETS, name)).matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g)) {
    withImports(imported, found);
  }
  return found;
}

const page = read(join(DIST, 'client/index.html'));
const first = new Set();
for (const [, name] of page.matchAll(/(?:src|href)="\/assets\/([^"]+\.(?:js|css))"/g)) withImports(name, first);

const files = readdirSync(ASSETS).filter((name) => /\.(js|css)$/.test(name));
const isLanguage = (name) => LANGUAGES.some((language) => name.startsWith(`${language}-`));
const language = Math.max(0, ...files.filter(isLanguage).map((name) => served(join(ASSETS, name))));

const sizes = [
  ['first step', sum(first) + language, FIRST_STEP_LIMIT],
  ['whole client', sum(files.filter((name) => !isLanguage(name))) + language, ALL_LIMIT],
];
let fits = true;
for (const [what, bytes, limit] of sizes) {
  if (bytes > limit) fits = false;
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} kB of ${limit / 1000} kB${bytes > limit ? ', too large' : ''}`);
}

const outside = [['client/index.html', page], ...files.map((name) => [name, read(join(ASSETS, name))])].flatMap(([name, text]) =>
  (text.match(REQUESTED) ?? []).filter((url) => !NAMES.test(url)).map((url) => `${name}: ${url}`),
);
for (const found of outside) console.log(`another host: ${found}`);

process.exitCode = fits && outside.length === 0 ? 0 : 1;
