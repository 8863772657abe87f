// A reporter for node's test runner: what became of each test, a line of JSON each.
import { basename } from 'node:path'

/** @typedef {{ file: string, name: string, result: 'passed' | 'failed' | 'skipped' }} Result */

/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
export default async function* results(events) {
  /** @type {string[]} */
  const around = []
  for await (const event of events) {
    if (event.type === 'test:start') around[event.data.nesting] = event.data.name
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { nesting, name, file = '', skip } = event.data
    const result = event.type === 'test:fail' ? 'failed' : skip ? 'skipped' : 'passed'
    yield `${JSON.stringify({ file: basename(file, '.test.js'), name: [...around.slice(0, nesting), name].join(' › '), result })}\n`
  }
}
