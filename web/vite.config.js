// One page an app, no framework around it: dist/<app>/index.html and dist/assets/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { designSystem } from './fds.js';

const APPS = ['client'];

/** The hub that the development server's pages talk to. */
const HUB = process.env.VDX_HUB ?? 'http://localhost:8080';

/** In development, the client at all the addresses that the hub serves it at. */
function addresses() {
  return {
    name: 'addresses',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const page = request.headers.accept?.includes('text/html');
        if (page && /^\/($|\?|m\/|webapp\d?\b|test\b)/.test(request.url)) request.url = '/client/index.html';
        next();
      });
    },
  };
}

/** Texts that are not needed on the way into a meeting, by how their keys begin. */
const LATER = /^(meeting|chat|people|layout|invite|shortcuts|news|left|test)\./;

/** A language's texts in two: `?begin` for the way in, `?later` for the meeting and the connection test. */
function texts() {
  return {
    name: 'texts',
    enforce: 'pre',
    load(id) {
      const [, file, part] = /^(.*\/translations\/\w+\.json)\?(begin|later)$/.exec(id) ?? [];
      if (!file) return null;
      this.addWatchFile(file);
      const all = Object.entries(JSON.parse(readFileSync(file, 'utf8')));
      const wanted = Object.fromEntries(all.filter(([key]) => LATER.test(key) === (part === 'later')));
      return { code: `export default ${JSON.stringify(wanted)}`, moduleType: 'js' };
    },
  };
}

/** What a source imports at once, and what that imports. */
function closure(source, context, found = new Set()) {
  if (found.has(source)) return found;
  found.add(source);
  for (const imported of context.getModuleInfo(source)?.importedIds ?? []) closure(imported, context, found);
  return found;
}

const source = (path) => new URL(path, import.meta.url).pathname;

/**
 * One script until the first button, and not one for each thing that it shares with what comes
 * later: over HTTP/1.1 a browser asks for six things at once, and for the others only then. The style
 * that the hub's own pages use is in it, so script and style have that entry's name, `pages`.
 */
function chunk(id, context) {
  return closure(source('client/src/main.ts'), context).has(id) ? 'client' : null;
}

/** Leaves .br and .gz copies beside the text files, for the hub to serve as they are. */
function compress() {
  let folder;
  return {
    name: 'compress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    writeBundle() {
      for (const name of readdirSync(folder, { recursive: true })) {
        if (!/\.(html|js|css|svg)$/.test(name)) continue;
        const file = join(folder, name);
        const plain = readFileSync(file);
        const copies = {
          br: brotliCompressSync(plain, {
            params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
          }),
          gz: gzipSync(plain, { level: 9 }),
        };
        for (const [extension, bytes] of Object.entries(copies)) {
          if (bytes.length < plain.length) writeFileSync(`${file}.${extension}`, bytes);
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [texts(), svelte({ configFile: false }), addresses(), compress()],
  server: { proxy: { '/api': HUB, '/oauth2': HUB } },
  css: {
    postcss: { plugins: [designSystem()] },
    // The design system's own.
    preprocessorOptions: { scss: { silenceDeprecations: ['if-function'] } },
  },
  build: {
    outDir: 'dist',
    // What the hub names in the headers of a page, so that it comes with it.
    manifest: 'manifest.json',
    target: ['chrome109', 'edge109', 'firefox115', 'safari15.4'],
    // Fonts and pictures stay files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: { advancedChunks: { groups: [{ name: chunk }] } },
      input: {
        ...Object.fromEntries(APPS.map((app) => [app, `${app}/index.html`])),
        pages: 'shared/style/pages.ts',
      },
    },
  },
  test: { include: ['{client,shared}/**/*.test.ts'] },
});
