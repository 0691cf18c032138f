/**
 * Idempotency keys of requests that nobody has an answer to yet. Whoever sends the same once more, because the line
 * broke or the service failed, sends it with the same key: what took effect without their hearing of it is not done twice.
 */
const unanswered = new Map<string, string>()

/** Far more than one page can have under way. */
const KEPT_MAX = 50

/** The key for sending this body there: a new one, unless the same was sent and not answered. */
export function keyFor(path: string, body: unknown): string {
  const said = textOf(path, body)
  const key = unanswered.get(said) ?? crypto.randomUUID()
  unanswered.set(said, key)
  for (const oldest of unanswered.keys()) {
    if (unanswered.size <= KEPT_MAX) break
    unanswered.delete(oldest)
  }
  return key
}

/** The service has said what became of it: the same sent again is meant again. */
export function isAnswered(path: string, body: unknown): void {
  unanswered.delete(textOf(path, body))
}

/** Whoever signs in next repeats nothing of this person's. */
export function forgetUnanswered(): void {
  unanswered.clear()
}

function textOf(path: string, body: unknown): string {
  return `${path} ${JSON.stringify(body ?? null)}`
}
