/**
 * A process that consumes one unit at a time under keys of its own, some at once, until a request fails or it has
 * sent enough. Prints `acked KEY` and `unknown KEY` as it learns them: an answer, or none.
 *
 * Called as `consumer.ts URL KEY CUSTOMER FEATURE ROUND`.
 */
const [url, credential, customerId, featureId, round] = process.argv.slice(2)
const AT_ONCE = 16
const REQUESTS_MAX = 5_000

let sent = 0
let isOver = false

async function consumeUntilOver(): Promise<void> {
  while (!isOver && sent < REQUESTS_MAX) {
    const key = `round-${round}-${sent++}`
    const learned = await consume(key)
    console.log(`${learned} ${key}`)
    if (learned === 'unknown') isOver = true
  }
}

async function consume(key: string): Promise<'acked' | 'unknown'> {
  try {
    const response = await fetch(`${url}/v1/consume`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${credential}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body: JSON.stringify({ customerId, featureId }),
      signal: AbortSignal.timeout(10_000),
    })
    const answer = (await response.json()) as { readonly consumed?: boolean }
    return response.ok && answer.consumed === true ? 'acked' : 'unknown'
  } catch {
    return 'unknown'
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, consumeUntilOver))
