/** One WebSocket, asked now and then whether anybody is still there. */

const PING_MS = 25_000
/** A line that is dead on the way says nothing, and closes nothing: so long an answer may take. */
const PONG_MS = 10_000

interface Ears {
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  /** Once, however it ended. */
  readonly onLost: () => void
}

/** Opens a socket; the returned function closes it, and nothing more is heard of it then. */
export function openSocket(url: string, { onOpen, onText, onLost }: Ears): () => void {
  const socket = new WebSocket(url, ['sluice'])
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const close = (): void => {
    isOver = true
    clearTimeout(timer)
    socket.close()
  }
  const lose = (): void => {
    if (isOver) return
    close()
    onLost()
  }
  const ping = (): void => {
    socket.send('ping')
    timer = setTimeout(lose, PONG_MS)
  }
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(ping, PING_MS)
  }
  socket.addEventListener('open', () => {
    if (isOver) return
    wait()
    onOpen()
  })
  socket.addEventListener('message', ({ data }) => {
    if (isOver) return
    wait()
    if (typeof data === 'string') onText(data)
  })
  socket.addEventListener('close', lose)
  return close
}
