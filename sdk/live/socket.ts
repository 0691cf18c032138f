/** One socket, from its opening to its end. */
import { CREDENTIAL_PREFIX, PING, STREAM_PROTOCOL } from '../../schema/stream.ts'

/** As much of a WebSocket as is used here: any platform's. */
export interface SocketLike {
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: SocketEvent) => void,
  ): void
  send(text: string): void
  close(code?: number): void
}

/** `data` of a message, `code` of an end. */
export interface SocketEvent {
  readonly type: string
  readonly data?: unknown
  readonly code?: number
}

export type OpenSocket = (url: string, protocols: string[]) => SocketLike

export interface SocketTerms {
  readonly url: string
  readonly credential: string
  readonly open: OpenSocket
  readonly onOpen: () => void
  /** The code of a closing that the text announces; else undefined. */
  readonly onText: (text: unknown) => number | undefined
  readonly signal: AbortSignal
  readonly timing: Timing
}

export interface Timing {
  /** How long an opening may take. */
  readonly openMs: number
  /** How far pings are apart; nothing heard from one to the next: the line is dead. */
  readonly pingMs: number
}

/** How it came to its end. */
export interface Ending {
  readonly wasOpen: boolean
  /** As the service said it; 1006 where nobody did. */
  readonly code: number
}

const NOBODY_SAID = 1006

/** Listens until the socket ends, whoever ends it. Never rejects. */
export function listen(terms: SocketTerms): Promise<Ending> {
  const { url, credential, signal, timing } = terms
  return new Promise((resolve) => {
    let socket: SocketLike | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    let wasOpen = false
    let isSilent = false
    let isOver = false
    const end = (code: number): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      if (socket !== null) closeQuietly(socket)
      resolve({ wasOpen, code })
    }
    const stop = (): void => end(NOBODY_SAID)
    const ping = (): void => {
      if (isSilent) return stop()
      isSilent = true
      timer = setTimeout(ping, timing.pingMs)
      socket?.send(PING)
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop)
    timer = setTimeout(stop, timing.openMs)
    try {
      socket = terms.open(url, [STREAM_PROTOCOL, CREDENTIAL_PREFIX + credential])
    } catch {
      return stop()
    }
    socket.addEventListener('open', () => {
      if (isOver) return
      wasOpen = true
      clearTimeout(timer)
      terms.onOpen()
      timer = setTimeout(ping, timing.pingMs)
    })
    socket.addEventListener('message', ({ data }) => {
      if (isOver) return
      isSilent = false
      const closing = terms.onText(data)
      if (closing !== undefined) end(closing)
    })
    socket.addEventListener('close', ({ code = NOBODY_SAID }) => end(code))
    // Its end follows; not every platform says so.
    socket.addEventListener('error', stop)
  })
}

function closeQuietly(socket: SocketLike): void {
  try {
    socket.close()
  } catch {
    // It never opened.
  }
}
