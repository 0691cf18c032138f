import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Group, startGroup } from '../scripts/dev/group.ts'
import { Refusal } from '../scripts/dev/refusal.ts'
import { processesUnder, type Process } from './processes.ts'
import { build, WORKERS, type WorkerName } from './workers.ts'

/** workerd on its own, with all Workers in it, each on a socket of its own. */
export interface Runtime {
  /** Where a Worker listens on loopback. */
  portOf(name: WorkerName): number
  /** workerd itself, whose processor time is counted. */
  readonly process: Process
  stop(): Promise<void>
}

const PATIENCE_MS = 60_000

/** Builds everything into the folder and starts workerd on what miniflare would have told it. */
export async function startRuntime(folder: string, key: string): Promise<Runtime> {
  build(join(folder, 'built'))
  await freeze(folder, key)
  const group = startGroup(
    [
      readFileSync(join(folder, 'workerd.path'), 'utf8'),
      'serve',
      '--binary',
      '--experimental',
      '--control-fd=1',
      '--socket-addr=entry=127.0.0.1:0',
      // Miniflare's own server, which is not there; nothing that is measured asks it.
      '--external-addr=loopback=127.0.0.1:9',
      ...WORKERS.map((_, index) => `--socket-addr=${socketOf(index)}=127.0.0.1:0`),
      join(folder, 'config.bin'),
    ],
    { env: process.env, output: 'pipe' },
  )
  const ports = await portsFrom(group)
  return {
    portOf: (name) => ports.get(socketOf(WORKERS.indexOf(name))) ?? 0,
    process: workerdUnder(process.pid),
    stop: () => group.stop(),
  }
}

async function freeze(folder: string, key: string): Promise<void> {
  const passing = join(folder, 'passing')
  mkdirSync(passing)
  const group = startGroup(
    [process.execPath, '--no-warnings', join(import.meta.dirname, 'freeze.ts'), folder, key],
    { env: { ...process.env, TMPDIR: passing }, output: 'inherit' },
  )
  const code = await group.ended
  if (code !== 0) throw new Refusal('Miniflare did not start; its messages are above.')
}

/** As miniflare names the sockets that lead to a Worker without anything in front of it. */
function socketOf(index: number): string {
  return `direct:${index}:default`
}

/** The ports that workerd chose; it says each on its control channel. */
async function portsFrom(group: Group): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  group.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  if (group.stdout !== null)
    createInterface({ input: group.stdout }).on('line', (line) => {
      const said = JSON.parse(line)
      if (said.event === 'listen') ports.set(said.socket, said.port)
      if (ports.size === WORKERS.length + 1) resolve()
    })
  const late = setTimeout(() => reject(new Refusal('workerd does not listen.')), PATIENCE_MS)
  void group.ended.then(() => reject(new Refusal('workerd ended; its messages are above.')))
  await promise.finally(() => clearTimeout(late))
  return ports
}

function workerdUnder(pid: number): Process {
  const workerd = processesUnder(pid).find(({ name }) => name === 'workerd')
  if (workerd === undefined) throw new Refusal('workerd cannot be found in /proc.')
  return workerd
}
