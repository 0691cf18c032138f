/**
 * `npm run dev`: everything from an empty folder to a server with data, in one command.
 *
 * Lock the state folder, migrate, make a key, serve, seed on the first start, tell how to use it.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startLocal } from './dev/local.ts'
import { lockFolder } from './dev/lock.ts'
import { devOptions } from './dev/options.ts'
import { HOST, requireFreePort } from './dev/port.ts'
import { command } from './dev/refusal.ts'
import type { Server } from './dev/server.ts'
import { welcome } from './dev/story.ts'
import { ROOT } from './install.mjs'
import { seedDocument } from './seed/document.ts'
import { load } from './seed/load.ts'

const DEMO = join(ROOT, 'scripts/demo.json')

await command(async () => {
  const { port, stateFolder, key: givenKey } = devOptions(process.argv.slice(2), process.env)
  const url = `http://${HOST}:${port}`
  let server: Server | null = null
  const stop = async (): Promise<void> => {
    await server?.stop()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void stop())
  const lock = lockFolder(stateFolder, url)
  process.on('exit', () => lock.release())

  await requireFreePort(port)
  await import('./dashboard.ts')
  forgetMarksOfLostData(stateFolder)
  const local = await startLocal({ port, stateFolder, key: givenKey })
  const { key } = local
  server = local.server
  await server.ready
  await seedOnce(stateFolder, url, key)
  console.log(welcome(url, key))
  server.show()
  await server.ended
})

/** Somebody who empties a state folder may leave what we noted beside its data. */
function forgetMarksOfLostData(folder: string): void {
  if (existsSync(join(folder, 'v3/d1'))) return
  for (const mark of ['dev.key', 'dev.seeded']) rmSync(join(folder, mark), { force: true })
}

/** Seeds a new state folder; one that was seeded belongs to its user, who may have deleted things. */
async function seedOnce(folder: string, url: string, key: string): Promise<void> {
  const mark = join(folder, 'dev.seeded')
  if (existsSync(mark)) return
  console.log('Loading the demo data …')
  await load(seedDocument(readFileSync(DEMO, 'utf8')), { url, key, now: Date.now() })
  writeFileSync(mark, '')
}
