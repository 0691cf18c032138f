/** Pages that people open: what goes wrong is told as a page as well, where a program would get a problem in JSON. */
import { err, ok } from '../../entitlements/result.ts'
import { failureOf } from '../defects.ts'
import { closedPage } from '../portal/closed-page.ts'
import type { Handler } from '../route.ts'

/** The same handler; where we cannot do what it takes, its page says that it can be tried again. */
export function asPage<P, Q, B>(handler: Handler<P, Q, B>): Handler<P, Q, B> {
  return async (call) => {
    const outcome = await handler(call).catch((thrown: unknown) => err(failureOf(thrown, call)))
    if (outcome.ok) return outcome
    const { code } = outcome.error
    const isOurs = code === 'unavailable' || code === 'internal'
    return isOurs ? ok(await closedPage('unavailable', call.ports.random.uuid())) : outcome
  }
}
