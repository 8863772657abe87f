// Makes the report of EN 301 549 out of `clauses.js` and of what became of the tests:
// node accessibility/report.js RESULTS REPORT
//
// RESULTS is what `run.js --results` wrote. The report goes to stdout and into the file REPORT. It
// fails when a clause names a test that does not exist, was skipped or failed.
import { readFileSync, writeFileSync } from 'node:fs'
import axe from 'axe-core'
import { TRIALS } from '../rig/looks.js'
import { CLAUSES } from './clauses.js'

const STANDARD = 'EN 301 549 V3.2.1'
const [from, to] = process.argv.slice(2)
if (!from || !to) {
  console.error('node accessibility/report.js RESULTS REPORT')
  process.exit(2)
}

/** @type {Map<string, string>} */
const results = new Map(readFileSync(from, 'utf8').split('\n').filter(Boolean).map((line) => {
  const { file, name, result } = /** @type {import('../rig/results.js').Result} */ (JSON.parse(line))
  return [`${file}: ${name}`, result]
}))

/** The rules of axe that look at a success criterion. @param {string} clause */
function rules(clause) {
  const [chapter, ...criterion] = clause.split('.')
  if (chapter !== '9' || criterion.length !== 3) return []
  return axe.getRules([`wcag${criterion.join('')}`])
    .filter(({ ruleId, tags }) => !tags.includes('deprecated') && (!tags.includes('experimental') || TRIALS.includes(ruleId)))
    .map(({ ruleId }) => ruleId)
}

/** @param {import('./clauses.js').Clause} one */
function line({ clause, asks, tests = [], people, unmet, not }) {
  const bad = tests.filter((test) => results.get(test) !== 'passed')
  const result =
    bad.length > 0 ? `FAILED: ${bad.map((test) => `${test} ${results.get(test) ?? 'does not exist'}`).join('; ')}`
    : unmet ? 'not met'
    : not ? 'does not apply'
    : tests.length === 0 ? 'a person must judge'
    : people ? 'tests passed; a person judges the rest'
    : 'tests passed'
  const axeRules = tests.some((test) => test.includes('axe')) ? rules(clause) : []
  const proof = [
    ...tests,
    ...(axeRules.length > 0 ? [`rules of axe: ${axeRules.join(', ')}`] : []),
    ...[people && `${tests.length > 0 ? 'people' : 'a person must judge'}: ${people}`, unmet, not].filter(Boolean),
  ]
  return { row: `| ${clause} | ${asks} | ${proof.join('<br>')} | ${result} |`, result: bad.length > 0 ? 'failed' : result, bad }
}

const lines = CLAUSES.map(line)
/** @type {Map<string, number>} */
const sums = new Map()
for (const { result } of lines) sums.set(result, (sums.get(result) ?? 0) + 1)

const report = `# Accessibility of the video client

${STANDARD}, clauses 5, 6 and 9; made by \`make accessibility\` from ${results.size} tests, with axe-core ${axe.version}.
A test that passes proves what it tests. It does not say that somebody finds the page good to use.

| clause | asks that | proof | result |
|---|---|---|---|
${lines.map(({ row }) => row).join('\n')}

${[...sums].map(([result, count]) => `${count} ${result}`).join(', ')}.
`
writeFileSync(to, report)
console.log(report)
const bad = new Set(lines.flatMap(({ bad }) => bad))
for (const test of bad) console.error(`FAILED: ${test} (${results.get(test) ?? 'does not exist'})`)
process.exit(bad.size > 0 ? 1 : 0)
