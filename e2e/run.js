// Runs the browser tests one file after the other: node run.js [NAME…] [--tap FILE] [--results FILE]
//
// NAME picks files whose name contains it (`meeting`, `pexip`). VDX_PROGRAM is the program to test,
// by default ../target/debug/vdx. --tap writes a report for scripts/test.sh to count, --results one
// for accessibility/report.js to read.
//
// Where it may, it runs them in a network namespace of their own, which vanishes with them: no
// port of the machine is touched, and there is an address besides loopback, without which Firefox
// does no media. Where it may not, tests that need that address are skipped; with
// VDX_TEST_NETNS=required that is a failure.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { program } from './rig/hub.js'

const ADDRESS = '10.99.0.1'
const NETWORK = `
  ip link set lo up
  ip link add hub type veth peer name far
  ip address add ${ADDRESS}/24 dev hub
  ip link set hub up
  ip link set far up`

const { values, positionals } = parseArgs({ options: { tap: { type: 'string' }, results: { type: 'string' } }, allowPositionals: true })

const here = import.meta.dirname
const files = readdirSync(`${here}/tests`)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => positionals.length === 0 || positionals.some((name) => file.includes(name)))
  .map((file) => `${here}/tests/${file}`)
if (files.length === 0) {
  console.error(`no test is named ${positionals.join(' or ')}`)
  process.exit(1)
}
console.log(`testing ${program()}`)

/** The command that enters a network namespace, or nothing where that is not allowed. */
function namespace() {
  const own = process.getuid?.() === 0 ? ['unshare', '--net'] : ['unshare', '--map-root-user', '--net']
  const [command, ...rest] = [...own, 'sh', '-ec', `${NETWORK}\nexec "$@"`, 'sh']
  const tried = spawnSync(command, [...rest, 'true'], { encoding: 'utf8' })
  if (tried.status === 0) return [command, ...rest]
  const reason = tried.error?.message ?? tried.stderr.trim()
  if (process.env.VDX_TEST_NETNS === 'required') {
    console.error(`a network namespace is required and cannot be made: ${reason}`)
    process.exit(1)
  }
  console.warn(`NO NETWORK NAMESPACE (${reason}): tests that need one are skipped`)
}

const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout']
if (values.tap) reporters.push('--test-reporter=tap', `--test-reporter-destination=${values.tap}`)
if (values.results) reporters.push(`--test-reporter=${here}/rig/results.js`, `--test-reporter-destination=${values.results}`)
// One file at a time: each starts several browsers, and two cores are enough for one room.
const node = [process.execPath, '--test', '--test-concurrency=1', ...reporters, ...files]
const inside = namespace()
const [command, ...rest] = [...(inside ?? []), ...node]
const child = spawn(command, rest, { stdio: 'inherit', env: { ...process.env, ...(inside && { VDX_TEST_ADDRESS: ADDRESS }) } })
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
