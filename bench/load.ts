/**
 * Makes requests, in a process of its own: `node bench/load.ts`, driven over its parent's channel, one job at a
 * time. Ends with its parent.
 */
import { type Connection, open, type Reply } from './connection.ts'
import { C_DIGITS, type Job, N_DIGITS, type Outcome, type Template } from './job.ts'

/** Never the same twice, also not after a restart on the same data. */
let n = Date.now() % 1e9

process.on('disconnect', () => process.exit(0))
process.on('message', (job: Job) => {
  void run(job).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.(failedAtOnce(error)),
  )
})

/** What a job has come to so far. */
interface Tally {
  answers: number
  strays: number
  failures: number
  example: string | null
  readonly latencies: number[]
}

async function run(job: Job): Promise<Outcome> {
  const tally: Tally = { answers: 0, strays: 0, failures: 0, example: null, latencies: [] }
  const onError = (error: Error) => {
    tally.failures += 1
    tally.example ??= error.message
  }
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => open(job.port, onError)),
  )
  const startedAt = performance.now()
  await (job.perSecond === null
    ? saturate(job, connections, tally)
    : pace(job, job.perSecond, connections, tally))
  const ms = performance.now() - startedAt
  for (const connection of connections) connection.end()
  const { latencies, ...counts } = tally
  return { ...counts, ms, latency: job.perSecond === null ? null : percentiles(latencies) }
}

/** Every connection asks again as soon as it is answered. */
async function saturate(job: Job, connections: readonly Connection[], tally: Tally): Promise<void> {
  const next = renderer(job)
  const isOver = overBy(job, tally)
  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve) => {
          const ask = () =>
            connection.send(next(), (reply) => {
              judge(tally, job.template, reply)
              if (isOver()) resolve()
              else ask()
            })
          ask()
        }),
    ),
  )
}

/** Requests are due at even distances; one that finds no free connection waits, and its waiting counts. */
async function pace(
  job: Job,
  perSecond: number,
  connections: readonly Connection[],
  tally: Tally,
): Promise<void> {
  const next = renderer(job)
  const isOver = overBy(job, tally)
  const free = [...connections]
  const due: number[] = []
  let dueAt = performance.now()
  const askWhatIsDue = () => {
    while (due.length > 0 && free.length > 0) {
      const [at = 0] = due.splice(0, 1)
      const connection = free.pop()
      connection?.send(next(), (reply) => {
        tally.latencies.push(performance.now() - at)
        judge(tally, job.template, reply)
        free.push(connection)
        askWhatIsDue()
      })
    }
  }
  while (!isOver()) {
    for (const now = performance.now(); dueAt <= now; dueAt += 1000 / perSecond) due.push(dueAt)
    askWhatIsDue()
    // Timers are a millisecond coarse; as long as this runs, the processor is its own.
    await new Promise((resolve) => setImmediate(resolve))
  }
  while (free.length < connections.length) await new Promise((resolve) => setImmediate(resolve))
}

function overBy({ stop }: Job, tally: Tally): () => boolean {
  if ('afterAnswers' in stop) return () => tally.answers + tally.failures >= stop.afterAnswers
  const end = performance.now() + stop.afterMs
  return () => performance.now() >= end
}

function judge(tally: Tally, { expected }: Template, { status, content }: Reply): void {
  const isStray = !content.includes(expected)
  if (status === 200) tally.answers += 1
  else tally.failures += 1
  if (isStray) tally.strays += 1
  if (isStray || status !== 200) tally.example ??= content.slice(0, 1_000)
}

/** The template's requests, one after another. */
function renderer({ template, customers }: Job): () => string {
  const { method, path, headers, body } = template
  const length = body === null ? 0 : numbered(body, 0, 0).length
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === null ? [] : ['Content-Type: application/json', `Content-Length: ${length}`]),
  ]
  const text = `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
  if (!/\{[nc]\}/.test(text)) return () => text
  return () => {
    n += 1
    return numbered(text, n, n % customers)
  }
}

function numbered(text: string, request: number, customer: number): string {
  return text
    .replaceAll('{n}', String(request).padStart(N_DIGITS, '0'))
    .replaceAll('{c}', String(customer).padStart(C_DIGITS, '0'))
}

function percentiles(latencies: readonly number[]): { p50: number; p99: number } {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? NaN
  return { p50: at(0.5), p99: at(0.99) }
}

function failedAtOnce(error: unknown): Outcome {
  const example = error instanceof Error ? error.message : String(error)
  return { answers: 0, strays: 0, failures: 1, example, ms: 0, latency: null }
}
