/** Hearing of a customer's changes while somebody looks: over a WebSocket, which the session's cookie opens. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { StreamClosing, StreamMessage } from '../../schema/calls.ts'
import { customerKey } from './customers.ts'
import { entitlementsKey, type EntitlementAnswer, type Held, isNewer } from './entitlements.ts'
import { path } from './request.ts'
import { openSocket } from './socket.ts'
import { steadily } from './steady.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** However often a meter is used, what else is shown of it is read again no sooner than so. */
const REREAD_MS = 3_000

/**
 * Keeps what is held of a customer up to date; whether a socket tells of changes now. Of one that is archived there is
 * nothing more to hear.
 */
export function useLive(customerId: string, isArchived: boolean): boolean {
  const queries = useQueryClient()
  const [isLive, setLive] = useState(false)
  useEffect(() => {
    if (isArchived) return undefined
    const again = (isRead: (part: unknown) => boolean) => () =>
      void queries.invalidateQueries({
        queryKey: customerKey(customerId),
        predicate: ({ queryKey }) => isRead(queryKey[3]),
      })
    const used = steadily(
      again((part) => FOLLOWING_USE.has(part)),
      REREAD_MS,
    )
    const changed = steadily(
      again((part) => part !== 'entitlements'),
      REREAD_MS,
    )
    const tell = { used: used.ask, changed: changed.ask, nothing: () => undefined }
    const stop = listen(customerId, {
      onOpen: setLive,
      onMessage: (said) => tell[take(queries, customerId, said)](),
      onArchived: () => void queries.invalidateQueries({ queryKey: customerKey(customerId) }),
    })
    return () => {
      stop()
      used.stop()
      changed.stop()
      setLive(false)
    }
  }, [customerId, isArchived, queries])
  return isLive
}

/** What is another as soon as something was used. */
const FOLLOWING_USE: ReadonlySet<unknown> = new Set(['usage', 'explanation', 'events'])

interface Ears {
  readonly onOpen: (isOpen: boolean) => void
  readonly onMessage: (said: StreamMessage) => void
  readonly onArchived: () => void
}

/** Listens until the returned function is called; comes again after each break, a little later each time. */
function listen(customerId: string, { onOpen, onMessage, onArchived }: Ears): () => void {
  let close: () => void = () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isOver = false
  const connect = (): void => {
    close = openSocket(streamUrl(customerId), {
      onOpen: () => {
        failures = 0
        onOpen(true)
      },
      onText: (text) => {
        const said = messageIn(text)
        if (said === null) return
        if (!('closing' in said)) return onMessage(said)
        if (said.closing !== 'archived') return
        isOver = true
        onArchived()
      },
      onLost: () => {
        if (isOver) return
        onOpen(false)
        timer = setTimeout(connect, Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS))
        failures += 1
      },
    })
  }
  connect()
  return () => {
    isOver = true
    clearTimeout(timer)
    close()
  }
}

function streamUrl(customerId: string): string {
  const url = new URL(`/v1${path(['customers', customerId, 'stream'])}`, location.href)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  return url.href
}

/** The answer to a ping is no message. */
function messageIn(text: string): StreamMessage | StreamClosing | null {
  if (!text.startsWith('{')) return null
  return JSON.parse(text) as StreamMessage | StreamClosing
}

/** Holds what was said, if it is newer than what is held; what kind of news that is. */
function take(
  queries: QueryClient,
  customerId: string,
  said: StreamMessage,
): 'used' | 'changed' | 'nothing' {
  const queryKey = entitlementsKey(customerId)
  const before = queries.getQueryData<Held>(queryKey)
  if (before !== undefined && isNewer(before, said)) return 'nothing'
  const after = afterMessage(before, customerId, said)
  if (after === undefined) return 'changed'
  // An answer that is on its way knows nothing of this.
  void queries.cancelQueries({ queryKey })
  queries.setQueryData<Held>(queryKey, after)
  if (before === undefined || !isNewer(after, before)) return 'nothing'
  const isUse = !said.complete && said.entitlements.length > 0 && termsIn(before) === termsIn(after)
  return isUse ? 'used' : 'changed'
}

/** What is held once this was heard; nothing where it says what has changed in something that is not held. */
function afterMessage(
  held: Held | undefined,
  customerId: string,
  { complete, entitlements, version, revision, asOf }: StreamMessage,
): Held | undefined {
  const told = entitlements as readonly EntitlementAnswer[]
  if (complete) return { customerId, version, revision, asOf, data: [...told] }
  if (held === undefined) return undefined
  const news = new Map(told.map((each) => [each.featureId, each]))
  const data = held.data.map((each) => news.get(each.featureId) ?? each)
  const known = new Set(held.data.map(({ featureId }) => featureId))
  return {
    customerId,
    version,
    revision,
    asOf,
    data: [...data, ...told.filter(({ featureId }) => !known.has(featureId))],
  }
}

function termsIn({ data }: Held): string {
  return JSON.stringify(
    data.map(({ featureId, sources, limit, value, grace }) => [
      featureId,
      sources,
      limit,
      value,
      grace,
    ]),
  )
}
