import { setTimeout as sleep } from 'node:timers/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { startGroup, type Group } from './group.ts'
import { HOST } from './port.ts'
import { Refusal } from './refusal.ts'
import { LOCAL_ENV, WRANGLER } from './wrangler.ts'

const PROBE_EVERY_MS = 1_000
/** Long enough for a machine that is busy with something else. */
const PROBE_PATIENCE_MS = 5_000
const FAILED_PROBES_MAX = 2
const START_PATIENCE_MS = 90_000
const RESTARTS_WITHOUT_SUCCESS_MAX = 3

export interface ServerOptions {
  readonly port: number
  readonly stateFolder: string
  readonly key: string
}

/** `wrangler dev`, watched: it does not notice itself when its workerd dies, and requests then hang. */
export interface Server {
  /** Resolves when the server answers; refuses with its output when it never does. */
  readonly ready: Promise<void>
  /** Resolves when it has been stopped, rejects when it cannot be kept running. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts serving and keeps serving until it is stopped. */
export function startServer(options: ServerOptions): Server {
  const stopping = new AbortController()
  const started = Promise.withResolvers<void>()
  let group: Group | null = null

  async function keepServing(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const output: string[] = []
      group = launch(options, output)
      const answered = await untilAnswering(options.port, group, stopping.signal)
      if (answered) {
        failures = 0
        started.resolve()
        await untilSilent(options.port, group, stopping.signal)
      }
      await group.stop()
      if (stopping.signal.aborted) return
      if (!answered && failures >= RESTARTS_WITHOUT_SUCCESS_MAX - 1)
        throw new Refusal(`wrangler dev does not come up. It said:\n\n${output.join('\n')}`)
      console.error('workerd stopped answering; starting it again.')
    }
  }

  const ended = keepServing()
  ended.catch(started.reject)
  return {
    ready: started.promise,
    ended,
    stop: async () => {
      stopping.abort()
      await group?.stop()
      await ended.catch(() => undefined)
    },
  }
}

function launch({ port, stateFolder, key }: ServerOptions, output: string[]): Group {
  const group = startGroup(
    [
      ...WRANGLER,
      'dev',
      `--ip=${HOST}`,
      `--port=${port}`,
      '--inspector-port=0',
      `--persist-to=${stateFolder}`,
      '--test-scheduled',
      '--show-interactive-dev-session=false',
      `--var=SLUICE_DEV_KEY:${key}`,
    ],
    { env: { ...process.env, ...LOCAL_ENV }, output: 'pipe' },
  )
  for (const stream of [group.stdout, group.stderr]) if (stream) passOn(stream, output)
  return group
}

/** Shows what the Worker logs, without the greeting of wrangler and without our own probes. */
function passOn(stream: Readable, output: string[]): void {
  let greeted = false
  createInterface({ input: stream }).on('line', (line) => {
    if (output.length < 200) output.push(line)
    if (greeted && !line.includes('GET /health ')) console.log(line)
    if (/Ready on http/.test(line)) greeted = true
    else if (!greeted && /error/i.test(line)) console.error(line)
  })
}

async function untilAnswering(port: number, group: Group, stop: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + START_PATIENCE_MS
  let gone = false
  void group.ended.then(() => (gone = true))
  while (!stop.aborted && !gone && Date.now() < deadline) {
    if (await isAnswering(port)) return true
    await sleep(100)
  }
  return false
}

async function untilSilent(port: number, group: Group, stop: AbortSignal): Promise<void> {
  let failed = 0
  let gone = false
  void group.ended.then(() => (gone = true))
  while (!stop.aborted && !gone && failed < FAILED_PROBES_MAX) {
    await Promise.race([sleep(PROBE_EVERY_MS), group.ended])
    failed = (await isAnswering(port)) ? 0 : failed + 1
  }
}

async function isAnswering(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${HOST}:${port}/health`, {
      signal: AbortSignal.timeout(PROBE_PATIENCE_MS),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
