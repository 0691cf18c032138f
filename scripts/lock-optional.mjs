// Completes package-lock.json with the optional packages of other platforms.
//
// A registry that does not serve, say, `@cloudflare/workerd-darwin-64` makes npm leave it out of the lock
// file, and every later `npm ci` then stops with "Missing: … from lock file". This adds such packages back by
// name and version, guarded by os and cpu and without an integrity, so that only the platforms that need
// them ever fetch them. `npm run lock` runs it after npm.
import { readFileSync, writeFileSync } from 'node:fs'

const LOCK = 'package-lock.json'

/** Words in package names, and what npm calls them. Several packages say `windows`, `64` or `arm`. */
const SYSTEMS = new Map([
  ...[
    'aix',
    'android',
    'darwin',
    'freebsd',
    'linux',
    'netbsd',
    'openbsd',
    'openharmony',
    'sunos',
  ].map((name) => [name, name]),
  ['windows', 'win32'],
  ['win32', 'win32'],
])
const PROCESSORS = new Map([
  ...[
    'arm',
    'arm64',
    'ia32',
    'loong64',
    'mips64el',
    'ppc64',
    'riscv64',
    's390x',
    'wasm32',
    'x64',
  ].map((name) => [name, name]),
  ['64', 'x64'],
])

const lock = JSON.parse(readFileSync(LOCK, 'utf8'))
const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name, version]) => !installed(path, name, version))
    .map(([name, version]) => ({ path, name, version, license: entry.license })),
)
for (const { path, name, version, license } of missing) {
  lock.packages[placeFor(path, name)] = { ...describe(name, version), ...(license && { license }) }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
)
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${LOCK}: ${missing.length} optional platform packages added`)

/** Whether a dependency of the package at `path` would be found from there, by Node's own rule. */
function installed(path, name, version) {
  const folders = [path]
  for (let at = path; at !== '';) {
    const cut = at.lastIndexOf('/node_modules/')
    at = cut === -1 ? '' : at.slice(0, cut)
    folders.push(at)
  }
  const found = folders
    .map((folder) => lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`])
    .find((entry) => entry !== undefined)
  return found !== undefined && (!isExact(version) || found.version === version)
}

/** Beside the package that wants it; inside that package where another version already lies beside it. */
function placeFor(path, name) {
  const beside = `${path.slice(0, path.lastIndexOf('node_modules/'))}node_modules/${name}`
  return lock.packages[beside] === undefined ? beside : `${path}/node_modules/${name}`
}

function describe(name, version) {
  if (!isExact(version)) throw new Error(`${name}: cannot lock the range ${version}`)
  const words = name.slice(name.indexOf('/') + 1).split('-')
  const os = words.map((word) => SYSTEMS.get(word)).find(Boolean)
  const cpu = words.map((word) => PROCESSORS.get(word)).find(Boolean)
  if (os === undefined && cpu === undefined) throw new Error(`${name}: names no platform`)
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    dev: true,
    optional: true,
    ...(os && { os: [os] }),
    ...(words.includes('musl') && { libc: ['musl'] }),
  }
}

function isExact(version) {
  return /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)
}
