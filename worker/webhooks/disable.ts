/** Turning an endpoint off because of what came back from it. */
import { ok } from '../../entitlements/result.ts'
import type { DisabledBecause } from '../../schema/tables/webhooks.ts'
import { commit, revisionAfter, untilCommitted } from '../change/commit.ts'
import type { Ports } from '../ports.ts'
import type { Principal } from '../route.ts'
import {
  changeOf,
  disabledRow,
  findWebhook,
  stored,
  type WebhookRow,
  webhookView,
} from './endpoints.ts'

/** Whoever sends messages; nobody has asked for it. */
const SENDER: Principal = {
  kind: 'system',
  id: 'webhooks',
  scopes: [],
  role: null,
  expiresAt: null,
}

/** Turns an endpoint off, with its reason, unless somebody has changed it meanwhile. */
export async function disable(
  ports: Ports,
  { id, revision: seen }: Pick<WebhookRow, 'id' | 'revision'>,
  because: DisabledBecause,
): Promise<void> {
  const call = { ports, principal: SENDER, requestId: ports.random.uuid(), now: ports.clock.now() }
  await untilCommitted(call, async () => {
    const found = await findWebhook({ ports, ifMatch: null }, id)
    if (!found.ok || found.value.revision !== seen) return ok(undefined)
    const before = found.value
    const revision = revisionAfter(before.revision, call.now)
    const after = { ...disabledRow(before, because, call.now), revision }
    const outcome = await commit(call, {
      ...changeOf(before, { verb: 'disable', revision }),
      before: webhookView(before, call.now),
      after: webhookView(after, call.now),
      statements: [stored(ports, after)],
    })
    return outcome === 'lost' ? outcome : ok(undefined)
  })
}
