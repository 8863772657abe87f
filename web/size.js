// What a visitor has to load: script and style, compressed as the hub serves them.
//
// The first step is what index.html names, which has the steps of the way in, what that imports, and
// the visitor's language. All is every script and style of the client, with one language. Exits 1 above
// the limits, and where anything would be requested from another host.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const FIRST_STEP_LIMIT = 60_000;
const ALL_LIMIT = 180_000;

const PAGE = 'client/index.html';
const LANGUAGE = /^shared\/translations\/(\w+)\.json\?(begin|later)$/;

/** Addresses that are names, not requests: namespaces, and what the framework's errors point to. */
const NAMES = /^https?:\/\/(www\.w3\.org|svelte\.dev)\//;
const REQUESTED = /https?:\/\/[\w.-]+\.[a-z]{2,}[^\s"'`)]*/gi;

const DIST = new URL('dist', import.meta.url).pathname;
const read = (file) => readFileSync(join(DIST, file), 'utf8');
/** Which source became which files, and what each needs to begin. */
const parts = JSON.parse(read('manifest.json'));

const served = (file) => {
  const compressed = statSync(join(DIST, `${file}.br`), { throwIfNoEntry: false });
  return (compressed ?? statSync(join(DIST, file))).size;
};
const sum = (files) => [...files].reduce((total, file) => total + served(file), 0);

/** The files of the page, and those that they import at once. */
function filesOfPage() {
  const named = [...read(PAGE).matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file);
  const found = new Set();
  const add = (file) => {
    if (found.has(file)) return;
    found.add(file);
    const { css = [], imports = [] } = Object.values(parts).find((part) => part.file === file) ?? {};
    for (const one of [...css, ...imports.map((name) => parts[name].file)]) add(one);
  };
  named.forEach(add);
  return found;
}

const languages = Object.keys(parts).filter((source) => LANGUAGE.test(source));
/** The largest language, of these parts. */
const language = (...wanted) => {
  const sizes = {};
  for (const source of languages) {
    const [, name, part] = LANGUAGE.exec(source);
    if (wanted.includes(part)) sizes[name] = (sizes[name] ?? 0) + served(parts[source].file);
  }
  return Math.max(0, ...Object.values(sizes));
};

const files = readdirSync(join(DIST, 'assets')).filter((name) => /\.(js|css)$/.test(name)).map((name) => `assets/${name}`);
const spoken = new Set(languages.map((source) => parts[source].file));
const sizes = [
  ['first step', sum(filesOfPage()) + language('begin'), FIRST_STEP_LIMIT],
  ['whole client', sum(files.filter((file) => !spoken.has(file))) + language('begin', 'later'), ALL_LIMIT],
];
let fits = true;
for (const [what, bytes, limit] of sizes) {
  if (bytes > limit) fits = false;
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} kB of ${limit / 1000} kB${bytes > limit ? ', too large' : ''}`);
}

const outside = [PAGE, ...files].flatMap((file) =>
  (read(file).match(REQUESTED) ?? []).filter((url) => !NAMES.test(url)).map((url) => `${file}: ${url}`),
);
for (const found of outside) console.log(`another host: ${found}`);

process.exitCode = fits && outside.length === 0 ? 0 : 1;
