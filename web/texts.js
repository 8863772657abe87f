// Brings all languages to the keys, order and sections of the Danish one; new texts are empty.
import { readFileSync, writeFileSync } from 'node:fs';

const FOLDER = new URL('shared/translations/', import.meta.url);
const read = (language) => readFileSync(new URL(`${language}.json`, FOLDER), 'utf8');
const lines = read('da').split('\n');

for (const language of ['en', 'de', 'fo', 'kl']) {
  let texts = {};
  try {
    texts = JSON.parse(read(language));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const filled = lines.map((line) => {
    const [, key, comma] = /^ {2}"([\w.]+)": ".*"(,?)$/.exec(line) ?? [];
    return key === undefined ? line : `  "${key}": ${JSON.stringify(texts[key] ?? '')}${comma}`;
  });
  writeFileSync(new URL(`${language}.json`, FOLDER), filled.join('\n'));
}
