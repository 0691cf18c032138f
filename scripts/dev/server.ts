import { setTimeout as sleep } from 'node:timers/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { CRON_PATH, followSchedule } from './cron.ts'
import { withoutTokens } from './without-tokens.ts'
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
const LINES_KEPT_MAX = 200

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
  /** From here on shows what the Worker logs; until then only errors. */
  show(): void
  stop(): Promise<void>
}

interface Log {
  /** The first lines since the last start, for telling why it failed. */
  lines: string[]
  shown: boolean
}

/** Starts serving and keeps serving until it is stopped. */
export function startServer(options: ServerOptions): Server {
  const stopping = new AbortController()
  const started = Promise.withResolvers<void>()
  const log: Log = { lines: [], shown: false }
  let group: Group | null = null

  async function keepServing(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      log.lines = []
      group = launch(options, log)
      const answered = await untilAnswering(options.port, group, stopping.signal)
      if (answered) {
        failures = 0
        started.resolve()
        const stopTicking = followSchedule(options.port)
        await untilSilent(options.port, group, stopping.signal).finally(stopTicking)
      }
      await group.stop()
      if (stopping.signal.aborted) return
      if (!answered && failures >= RESTARTS_WITHOUT_SUCCESS_MAX - 1)
        throw new Refusal(`wrangler dev does not come up. It said:\n\n${log.lines.join('\n')}`)
      console.error('workerd stopped answering; starting it again.')
    }
  }

  const ended = keepServing()
  ended.catch(started.reject)
  return {
    ready: started.promise,
    ended,
    show: () => {
      log.shown = true
    },
    stop: async () => {
      stopping.abort()
      await group?.stop()
      await ended.catch(() => undefined)
    },
  }
}

function launch({ port, stateFolder, key }: ServerOptions, log: Log): Group {
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
  for (const stream of [group.stdout, group.stderr]) if (stream) passOn(stream, log)
  return group
}

/** Passes on what the Worker logs, without wrangler's greeting and without our own probes and ticks. */
function passOn(stream: Readable, log: Log): void {
  createInterface({ input: stream }).on('line', (line) => {
    if (log.lines.length < LINES_KEPT_MAX) log.lines.push(line)
    if (line.includes('GET /health ') || line.includes(`GET ${CRON_PATH} `)) return
    // A file that is served may be named after errors.
    if (log.shown || (/\berror\b/i.test(line) && !line.includes(' 200 OK ')))
      console.log(withoutTokens(line))
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
