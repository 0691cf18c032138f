import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { invariant } from '../entitlements/invariant.ts'
import { type Group, startGroup } from '../scripts/dev/group.ts'
import { Refusal } from '../scripts/dev/refusal.ts'
import { processesUnder, type Process } from './processes.ts'
import { build, PROCESSES, type WorkerName } from './workers.ts'

/** workerd on its own, with all Workers in it, each on a socket of its own. */
export interface Runtime {
  /** Where a Worker listens on loopback. */
  portOf(name: WorkerName): number
  /** The workerd that runs it, whose processor time is counted. */
  processOf(name: WorkerName): Process
  stop(): Promise<void>
}

const PATIENCE_MS = 60_000

/** Builds everything into the folder and starts what runs it. */
export async function startRuntime(folder: string, key: string): Promise<Runtime> {
  const built = join(folder, 'built')
  build(built)
  const servers: Server[] = []
  for (const names of PROCESSES) {
    const own = join(folder, `process-${servers.length}`)
    await freeze(own, [built, key, ...names])
    servers.push(await startServer(own, names))
  }
  const serverOf = (name: WorkerName) => {
    const server = servers.find(({ ports }) => ports.has(name))
    invariant(server !== undefined, 'every Worker runs')
    return server
  }
  return {
    portOf: (name) => serverOf(name).ports.get(name) ?? 0,
    processOf: (name) => serverOf(name).process,
    stop: async () => {
      await Promise.all(servers.map(({ group }) => group.stop()))
    },
  }
}

/** One workerd. */
interface Server {
  readonly group: Group
  readonly process: Process
  readonly ports: ReadonlyMap<WorkerName, number>
}

/** Starts workerd on what miniflare would have told it. */
async function startServer(folder: string, names: readonly WorkerName[]): Promise<Server> {
  const others = workerds().map(({ pid }) => pid)
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
      ...names.map((_, index) => `--socket-addr=${socketOf(index)}=127.0.0.1:0`),
      join(folder, 'config.bin'),
    ],
    { env: process.env, output: 'pipe' },
  )
  const sockets = await portsFrom(group, names.length + 1)
  const own = workerds().find(({ pid }) => !others.includes(pid))
  if (own === undefined) throw new Refusal('workerd cannot be found in /proc.')
  const ports = names.map((name, index) => [name, sockets.get(socketOf(index)) ?? 0] as const)
  return { group, process: own, ports: new Map(ports) }
}

async function freeze(folder: string, args: readonly string[]): Promise<void> {
  const passing = join(folder, 'passing')
  mkdirSync(passing, { recursive: true })
  const group = startGroup(
    [process.execPath, '--no-warnings', join(import.meta.dirname, 'freeze.ts'), folder, ...args],
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
async function portsFrom(group: Group, count: number): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  group.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  if (group.stdout !== null)
    createInterface({ input: group.stdout }).on('line', (line) => {
      const said = JSON.parse(line)
      if (said.event === 'listen') ports.set(said.socket, said.port)
      if (ports.size === count) resolve()
    })
  const late = setTimeout(() => reject(new Refusal('workerd does not listen.')), PATIENCE_MS)
  void group.ended.then(() => reject(new Refusal('workerd ended; its messages are above.')))
  await promise.finally(() => clearTimeout(late))
  return ports
}

function workerds(): readonly Process[] {
  return processesUnder(process.pid).filter(({ name }) => name === 'workerd')
}
