/**
 * `npm run demo`: the life of one customer, from a stranger's question to a refund, with what is told of it beside it.
 *
 * Without options it starts a service of its own on fresh data, and leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FEATURES, PLANS } from './demo/catalogue.ts'
import { type Receiver, startReceiver } from './demo/receiver.ts'
import type { Stage } from './demo/stage.ts'
import { tellStory } from './demo/story.ts'
import { startLocal } from './dev/local.ts'
import { freePort } from './dev/port.ts'
import { command, Refusal } from './dev/refusal.ts'
import { type Client, client } from './seed/client.ts'

const USAGE = `npm run demo [-- --url URL --key KEY]

  --url, --key   tell it on a running service of local development or sandbox; its plans and customers are named demo-…`

/** Where a service answers, and to whom. */
interface Service {
  readonly url: string
  readonly key: string
}

/** What must be undone at the end, in the reverse order. */
type Undo = (() => Promise<void>)[]

await command(async () => {
  const given = options(process.argv.slice(2))
  const undo: Undo = []
  const end = async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)))
  try {
    const service = given ?? (await ownService(undo))
    await tell(service, undo)
  } finally {
    await end()
  }
  process.exit(0)
})

async function ownService(undo: Undo): Promise<Service> {
  console.log('Starting a service of its own …')
  const stateFolder = mkdtempSync(join(tmpdir(), 'sluice-demo-'))
  undo.push(async () => rmSync(stateFolder, { recursive: true, force: true, maxRetries: 5 }))
  const { url, key, server } = await startLocal({ port: await freePort(), stateFolder, key: null })
  undo.push(() => server.stop())
  await server.ready
  return { url, key }
}

async function tell({ url, key }: Service, undo: Undo): Promise<void> {
  const service = client(url, key)
  for (const { id, body } of FEATURES) await service.send('PUT', `/features/${id}`, body)
  for (const { id, body } of PLANS) await service.send('PUT', `/plans/${id}`, body)
  const receiver = isHere(url) ? await listening(service, undo) : null
  const customerId = `demo-${crypto.randomUUID().slice(0, 8)}`
  const stage: Stage = { url, service, customerId, receiver, shown: new Set() }
  console.log(
    `\nThe story of ${customerId}, at ${url}. Lines with ◂ are events; ✓ came in as a signed webhook.`,
  )
  await tellStory(stage)
  const heard = [...stage.shown].filter((id) => receiver?.has(id) ?? false).length
  const told = receiver === null ? '' : `, ${heard} of them received as webhooks, none forged`
  if (receiver !== null && heard < stage.shown.size)
    throw new Refusal(`Webhooks are missing: ${heard} of ${stage.shown.size} came in.`)
  if (receiver !== null && receiver.forged() > 0)
    throw new Refusal('A webhook came in that was not signed as it must be.')
  console.log(`\nThe end. ${stage.shown.size} events${told}.`)
}

/** Has the service send everything that happens here, for as long as the story lasts. */
async function listening(service: Client, undo: Undo): Promise<Receiver> {
  const receiver = await startReceiver()
  undo.push(() => receiver.stop())
  const asked = { url: receiver.url, events: ['*'], description: 'npm run demo' }
  const { body } = await service.send('POST', '/webhooks', asked, crypto.randomUUID())
  receiver.believe(String(body['secret']))
  const path = `/webhooks/${String(body['id'])}`
  undo.push(async () => void (await service.send('DELETE', path).catch(() => undefined)))
  return receiver
}

/** A service elsewhere cannot reach a receiver on this machine. */
function isHere(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

function options(args: readonly string[]): Service | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { url: { type: 'string' }, key: { type: 'string' } },
    })
    const { url, key = process.env['SLUICE_KEY'] ?? '' } = values
    if (url === undefined && values.key === undefined) return null
    if (url !== undefined && key !== '') return { url: url.replace(/\/$/, ''), key }
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
  throw new Refusal(USAGE)
}
