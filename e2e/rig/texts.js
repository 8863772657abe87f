// The pages' texts, out of their translation files: what a page shows is compared with these, so
// that no test has to be changed with a sentence.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {'da' | 'en' | 'de'} Language those that are translated whole */
/** @typedef {Record<string, string>} Texts */

/** @type {Language[]} */
export const LANGUAGES = ['da', 'en', 'de']

const FOLDER = join(import.meta.dirname, '../../web/shared/translations')
const TEXTS = /** @type {Record<Language, Texts>} */ (
  Object.fromEntries(LANGUAGES.map((language) => [language, JSON.parse(readFileSync(join(FOLDER, `${language}.json`), 'utf8'))]))
)

/** One line, as people read it. @param {string} text */
export const plain = (text) => text.replace(/\s+/g, ' ').trim()

/**
 * What a text looks like on a page in this language; where no value is given anything may stand.
 *
 * @param {Language} language
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function said(language, key, values = {}) {
  const text = TEXTS[language][key]
  if (!text) throw new Error(`there is no ${key} in ${language}`)
  // Every second piece is the name of a value.
  const pieces = plain(text).split(/\{(\w+)\}/)
  return new RegExp(pieces.map((piece, at) => (at % 2 === 0 ? literal(piece) : piece in values ? literal(String(values[piece])) : '.+?')).join(''))
}

/** @param {string} text */
const literal = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The parts of a failure: what happened, what we do, what you do. @param {string} name */
export const failure = (name) => [`${name}.what`, `${name}.we`, `${name}.you`]

/**
 * Whole sentences of another language in what a page shows.
 *
 * @param {Language} language
 * @param {string} shown
 */
export function foreign(language, shown) {
  const own = new Set(Object.values(TEXTS[language]))
  return LANGUAGES.filter((other) => other !== language).flatMap((other) =>
    Object.entries(TEXTS[other])
      .filter(([, text]) => text.includes(' ') && !text.includes('{') && !own.has(text) && shown.includes(plain(text)))
      .map(([key, text]) => `${other} ${key}: ${text}`))
}
