/** What whoever runs the service looks at first, over HTTP. */
import { ok } from '../../entitlements/result.ts'
import { instantText } from '../../schema/instant-text.ts'
import { attentionFrom, attentionStatements } from '../overview/attention.ts'
import { healthFrom, healthStatements, readAtEdge } from '../overview/health.ts'
import type { Handler } from '../route.ts'

/** Everything of D1 in one batch, so that it is all as of one instant. */
export const getOverview: Handler = async (call) => {
  const { ports, now } = call
  const [results, atEdge] = await Promise.all([
    ports.db.batch([...attentionStatements(ports, now), ...healthStatements(ports, now)]),
    readAtEdge(call),
  ])
  const { rest, ...lists } = attentionFrom(results)
  return ok({ body: { at: instantText(now), ...lists, ...healthFrom(rest, atEdge) } })
}
