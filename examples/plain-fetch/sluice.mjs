/** Sluice over HTTP, with nothing but `fetch`. Runs wherever there is one. */

/** Bounds the wait: an answer about access that comes late is of no use. */
const WAIT_MS = 2_000

/**
 * May this customer use (so much of) the feature? Advises; `consume` decides. Throws where Sluice cannot be asked: whoever
 * calls decides what holds then.
 *
 * @param {{ url: string, key: string }} sluice
 * @param {{ customerId: string, featureId: string, quantity?: number }} question
 * @returns {Promise<{ hasAccess: boolean, reason: string, hint?: string, balance?: number | 'unlimited' }>}
 */
export async function check(sluice, { customerId, featureId, quantity = 1 }) {
  const question = new URLSearchParams({ customerId, featureId, quantity: `${quantity}` })
  return answerOf(await sent(sluice, `/v1/access?${question}`))
}

/**
 * Checks and counts in one step, all or nothing. A refusal is an answer, with the reason. The key makes it count once,
 * however often it is sent: use the id of what is being done, such as an order's.
 *
 * @param {{ url: string, key: string }} sluice
 * @param {{ customerId: string, featureId: string, quantity?: number, idempotencyKey: string }} use
 * @returns {Promise<{ consumed: boolean, entitlement: { reason: string, balance?: number | 'unlimited' } }>}
 */
export async function consume(sluice, { idempotencyKey, ...use }) {
  const body = JSON.stringify(use)
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey }
  const once = () => sent(sluice, '/v1/consume', { method: 'POST', body, headers })
  try {
    const response = await once()
    // What was not answered may have been counted: the key makes it safe to ask again.
    return answerOf(response.status >= 500 ? await once() : response)
  } catch (problem) {
    if (problem instanceof SluiceProblem) throw problem
    return answerOf(await once())
  }
}

/** What Sluice says is wrong: `code` for programs, `message` for people. */
export class SluiceProblem extends Error {
  /** @param {{ code: string, detail: string, status: number }} problem */
  constructor({ code, detail, status }) {
    super(detail)
    this.name = 'SluiceProblem'
    this.code = code
    this.status = status
  }
}

/**
 * @param {{ url: string, key: string }} sluice
 * @param {string} path
 * @param {{ method?: string, body?: string, headers?: Record<string, string> }} [request]
 */
function sent({ url, key }, path, { headers, ...request } = {}) {
  return fetch(`${url}${path}`, {
    ...request,
    headers: { Authorization: `Bearer ${key}`, ...headers },
    signal: AbortSignal.timeout(WAIT_MS),
  })
}

/** @param {Response} response */
async function answerOf(response) {
  const body = await response.json()
  if (!response.ok) throw new SluiceProblem(body)
  return body
}
