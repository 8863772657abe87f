// One page an app, no framework around it: dist/<app>/index.html and dist/assets/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { designSystem } from './fds.js';

const APPS = ['client'];

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
  plugins: [svelte({ configFile: false }), compress()],
  css: {
    postcss: { plugins: [designSystem()] },
    // The design system's own.
    preprocessorOptions: { scss: { silenceDeprecations: ['if-function'] } },
  },
  build: {
    outDir: 'dist',
    target: ['chrome109', 'edge109', 'firefox115', 'safari15.4'],
    // Fonts and pictures stay files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: Object.fromEntries(APPS.map((app) => [app, `${app}/index.html`])),
      // A file of its own: the pages that the hub writes itself use it too.
      output: { codeSplitting: { groups: [{ name: 'style', test: /\/shared\/style\// }] } },
    },
  },
  test: { include: ['{client,shared}/**/*.test.ts'] },
});
