/** Hearing of a customer's changes while somebody looks: over a WebSocket, which the session's cookie opens. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { StreamClosing, StreamMessage } from '../../schema/calls.ts'
import { customerKey } from './customers.ts'
import { entitlementsKey, type EntitlementAnswer, type Held } from './entitlements.ts'
import { path } from './request.ts'

const PING_MS = 25_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

/**
 * Keeps what is held of a customer's entitlements up to date; whether a socket tells of changes now. Of one that is
 * archived there is nothing more to hear.
 */
export function useLive(customerId: string, isArchived: boolean): boolean {
  const queries = useQueryClient()
  const [isLive, setLive] = useState(false)
  useEffect(() => {
    if (isArchived) return undefined
    const stop = listen(customerId, {
      onOpen: setLive,
      onMessage: (said) => take(queries, customerId, said),
      onArchived: () => void queries.invalidateQueries({ queryKey: customerKey(customerId) }),
    })
    return () => {
      stop()
      setLive(false)
    }
  }, [customerId, isArchived, queries])
  return isLive
}

interface Ears {
  readonly onOpen: (isOpen: boolean) => void
  readonly onMessage: (said: StreamMessage) => void
  readonly onArchived: () => void
}

/** Listens until the returned function is called; comes again after each break, a little later each time. */
function listen(customerId: string, { onOpen, onMessage, onArchived }: Ears): () => void {
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isOver = false
  const ping = (): void => {
    socket?.send('ping')
    timer = setTimeout(ping, PING_MS)
  }
  const connect = (): void => {
    socket = new WebSocket(streamUrl(customerId), ['sluice'])
    socket.addEventListener('open', () => {
      failures = 0
      onOpen(true)
      timer = setTimeout(ping, PING_MS)
    })
    socket.addEventListener('message', ({ data }) => {
      const said = messageIn(data)
      if (said === null) return
      if (!('closing' in said)) return onMessage(said)
      if (said.closing !== 'archived') return
      isOver = true
      onArchived()
    })
    socket.addEventListener('close', () => {
      clearTimeout(timer)
      if (isOver) return
      onOpen(false)
      timer = setTimeout(connect, Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS))
      failures += 1
    })
  }
  connect()
  return () => {
    isOver = true
    clearTimeout(timer)
    socket?.close()
  }
}

function streamUrl(customerId: string): string {
  const url = new URL(`/v1${path(['customers', customerId, 'stream'])}`, location.href)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  return url.href
}

/** The answer to a ping is no message. */
function messageIn(text: unknown): StreamMessage | StreamClosing | null {
  if (typeof text !== 'string' || !text.startsWith('{')) return null
  return JSON.parse(text) as StreamMessage | StreamClosing
}

function take(queries: QueryClient, customerId: string, said: StreamMessage): void {
  const before = queries.getQueryData<Held>(entitlementsKey(customerId))
  const after = afterMessage(before, customerId, said)
  if (after === undefined) return
  queries.setQueryData<Held>(entitlementsKey(customerId), after)
  if (before === undefined || termsIn(before) === termsIn(after)) return
  // Somebody has changed more than a reading: what else the page shows of it is read again.
  void queries.invalidateQueries({
    queryKey: customerKey(customerId),
    predicate: ({ queryKey }) => queryKey[3] !== 'entitlements',
  })
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
