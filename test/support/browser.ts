/**
 * A real Chromium for tests, on any machine: the one that is named or installed, else one that comes with the
 * development dependencies and brings the libraries that a bare Linux lacks.
 */
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

/** A Chromium that can be started. */
export interface Chromium {
  readonly path: string
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Where a Chromium may come from, in the order in which they are asked; null where there is none. */
export const WAYS: Readonly<
  Record<'named' | 'installed' | 'unpacked', () => Promise<Chromium | null>>
> = {
  named: async () => at(process.env['CHROMIUM_PATH']),
  installed: async () => at([...candidates()].find((path) => existsSync(path))),
  unpacked: async () => (process.platform === 'linux' && process.arch === 'x64' ? unpack() : null),
}

const NONE =
  'No Chromium was found. Run `npx playwright-core install --with-deps chromium`, or name one in CHROMIUM_PATH.'

/** Starts a browser: the first that there is. Whoever opens it closes it. */
export async function openBrowser(): Promise<Browser> {
  for (const way of Object.values(WAYS)) {
    const found = await way()
    if (found !== null) return start(found)
  }
  throw new Error(NONE)
}

/** Starts this one, without a screen and without a word to anybody but the pages that a test opens. */
export function start({ path, env }: Chromium): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env },
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

function at(path: string | undefined): Chromium | null {
  return path === undefined || path === '' ? null : { path }
}

/** Where Chromium, Chrome and Edge are on Linux, macOS and Windows, and where the command above puts one. */
function* candidates(): Iterable<string> {
  const names = ['chromium', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    for (const name of names) yield join(folder, name)
  for (const name of ['Chromium', 'Google Chrome', 'Microsoft Edge'])
    yield `/Applications/${name}.app/Contents/MacOS/${name}`
  for (const folder of ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'])
    for (const name of [
      'Google\\Chrome\\Application\\chrome',
      'Microsoft\\Edge\\Application\\msedge',
    ])
      yield join(process.env[folder] ?? 'C:\\', `${name}.exe`)
  yield chromium.executablePath()
}

const MODULES = join(import.meta.dirname, '../../node_modules')
const { version } = JSON.parse(
  readFileSync(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8'),
)
const UNPACKED = join(MODULES, `.cache/browser-${version}`)

/** Says where the package put it; it goes by TMPDIR, and takes its libraries out only where it finds itself on AWS. */
const SCRIPT = `import('@sparticuz/chromium').then((it) => it.default.executablePath())`

/** Where its fonts are: it looks for them on AWS, and text without a font has no size, as if it were hidden. */
const FONTS = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${UNPACKED}/fonts</dir><cachedir>${UNPACKED}/fonts-cache</cachedir></fontconfig>`

/**
 * Unpacks the packed one, once. Another process may be doing the same: each into a folder of its own, and the first
 * that is done gives it its name, so that nobody starts half a browser.
 */
async function unpack(): Promise<Chromium> {
  if (!existsSync(UNPACKED)) {
    mkdirSync(join(UNPACKED, '..'), { recursive: true })
    const folder = mkdtempSync(`${UNPACKED}-`)
    const env = { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
    await promisify(execFile)(process.execPath, ['-e', SCRIPT], { env, cwd: import.meta.dirname })
    writeFileSync(join(folder, 'fonts/fonts.conf'), FONTS)
    try {
      renameSync(folder, UNPACKED)
    } catch (error) {
      rmSync(folder, { recursive: true })
      if (!existsSync(UNPACKED)) throw error
    }
  }
  return {
    path: join(UNPACKED, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(UNPACKED, 'al2023/lib'),
      FONTCONFIG_PATH: join(UNPACKED, 'fonts'),
    },
  }
}
