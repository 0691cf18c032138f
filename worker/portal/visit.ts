/** A customer on its page: whom the link lets in, what they see, and the two things that they can do. */
import type { ActionOf } from '../../entitlements/effects.ts'
import { ok } from '../../entitlements/result.ts'
import type { PortalNews } from '../../schema/wire/portal.ts'
import { actOnSubscription, readSubscription } from '../change/subscriptions.ts'
import type { Failure } from '../failures.ts'
import { type Page, pageResponse, seeOther } from '../page/shell.ts'
import type { Call, Principal } from '../route.ts'
import { closedPage } from './closed-page.ts'
import { follow, type PortalLink } from './link.ts'
import { type Overview, readOverview } from './overview.ts'
import { cancelContent, overviewContent, type Visit } from './page.ts'

/** A request of a page. */
export type Visiting = Omit<Call, 'params' | 'query' | 'body'>

/** The page itself. */
export async function showOverview(
  call: Visiting,
  token: string,
  news?: PortalNews,
): Promise<Response> {
  return seen(call, token, (overview, visit) => ({
    title: 'Your plan',
    content: overviewContent(overview, visit, news),
  }))
}

/** The question whether a subscription is to be cancelled; where that is not possible, the page says how things stand. */
export async function askToCancel(
  call: Visiting,
  token: string,
  subscriptionId: string,
): Promise<Response> {
  return seen(call, token, (overview, visit) => {
    const held = overview.held.find(({ subscription }) => subscription?.id === subscriptionId)
    const endsAt = held?.cancelableAt ?? null
    if (held === undefined || endsAt === null) return leadTo(visit.path, 'refused')
    return { title: `Cancel ${held.planName}?`, content: cancelContent(held, endsAt, visit) }
  })
}

/** Cancels at the end of the period. */
export function cancel(call: Visiting, token: string, subscriptionId: string): Promise<Response> {
  const action = { action: 'cancel', when: 'period_end' } as const
  return act(call, token, subscriptionId, { action, news: 'canceled' })
}

/** Takes a cancellation or a change back that is yet to come. */
export function undo(call: Visiting, token: string, subscriptionId: string): Promise<Response> {
  return act(call, token, subscriptionId, { action: { action: 'undo' }, news: 'undone' })
}

interface Deed {
  readonly action: ActionOf<'cancel' | 'undo'>
  /** What it is called once it is done. */
  readonly news: PortalNews
}

/** Does something to a subscription of the link's own customer, in their name. Another's is as if there were none. */
async function act(
  call: Visiting,
  token: string,
  subscriptionId: string,
  { action, news }: Deed,
): Promise<Response> {
  const link = await letIn(call, token)
  if (link instanceof Response) return link
  const row = await readSubscription(call, subscriptionId)
  const { path } = visitOf(token, link)
  if (row?.customerId !== link.customerId) return leadTo(path, 'refused')
  const outcome = await actOnSubscription(asCustomer(call, link), subscriptionId, () => ok(action))
  if (!outcome.ok) {
    return isOurs(outcome.error) ? closed(call, 'unavailable', link) : leadTo(path, 'refused')
  }
  const { value } = outcome
  return leadTo(path, news, 'consistencyToken' in value ? value.consistencyToken : undefined)
}

/** Whether the customer cannot help it. */
function isOurs({ code }: Failure): boolean {
  return code === 'unavailable' || code === 'internal'
}

async function seen(
  call: Visiting,
  token: string,
  show: (overview: Overview, visit: Visit) => Page | Response,
): Promise<Response> {
  const link = await letIn(call, token)
  if (link instanceof Response) return link
  const overview = await readOverview(call, link.customerId)
  if (overview === 'unavailable') return closed(call, 'unavailable', link)
  if (overview === null) return closed(call, 'invalid')
  const page = show(overview, visitOf(token, link))
  if (page instanceof Response) return page
  const tag = call.environment === 'production' ? {} : { tag: 'Sandbox' }
  return pageResponse({ ...tag, ...page }, call.ports.random.uuid())
}

/** The link that a token opens, or the page that says that it opens nothing. */
async function letIn(call: Visiting, token: string): Promise<PortalLink | Response> {
  const followed = await follow(call.ports, token, call.now)
  switch (followed.status) {
    case 'open':
      return followed.link
    case 'expired':
      return closed(call, 'expired', followed.link)
    case 'invalid':
      return closed(call, 'invalid')
  }
}

function closed(
  { ports }: Visiting,
  why: Parameters<typeof closedPage>[0],
  link?: PortalLink,
): Promise<Response> {
  return closedPage(why, ports.random.uuid(), link?.returnUrl)
}

function visitOf(token: string, { expiresAt, returnUrl }: PortalLink): Visit {
  return { path: `/portal/${token}`, expiresAt, returnUrl }
}

/** Back to the page, which says what was done and shows it. */
function leadTo(path: string, news: PortalNews, consistencyToken?: string): Response {
  const seeing = consistencyToken === undefined ? '' : `&consistencyToken=${consistencyToken}`
  return seeOther(`${path}?news=${news}${seeing}`)
}

function asCustomer(
  call: Visiting,
  { customerId, expiresAt }: PortalLink,
): Visiting & { body: unknown } {
  const principal: Principal = { kind: 'portal', id: customerId, scopes: [], role: null, expiresAt }
  return { ...call, principal, idempotencyKey: null, ifMatch: null, body: undefined }
}
