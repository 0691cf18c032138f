import { connect, type Socket } from 'node:net'

export interface Reply {
  readonly status: number
  readonly content: string
}

/** One connection that is kept alive and carries one request at a time. */
export interface Connection {
  /** Sends a request as it stands and calls back with the reply. */
  send(request: string, onReply: (reply: Reply) => void): void
  end(): void
}

const BLANK_LINE = '\r\n\r\n'
const LAST_CHUNK = '\r\n0\r\n\r\n'

/**
 * Opens a connection on loopback. As little as an HTTP client can be: what it spends is taken from the machine
 * that is being measured.
 */
export async function open(port: number, onError: (error: Error) => void): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', onError)
  return over(socket)
}

function over(socket: Socket): Connection {
  let waiting: ((reply: Reply) => void) | null = null
  let text = ''
  let size = Infinity
  socket.on('data', (chunk: string) => {
    text += chunk
    if (size === Infinity) size = sizeOf(text)
    const isWhole = size === Infinity ? text.endsWith(LAST_CHUNK) : text.length >= size
    if (!isWhole || waiting === null) return
    const reply = { status: Number(text.slice(9, 12)), content: text }
    const answered = waiting
    waiting = null
    text = ''
    size = Infinity
    answered(reply)
  })
  return {
    send: (request, onReply) => {
      waiting = onReply
      socket.write(request, 'latin1')
    },
    end: () => socket.destroy(),
  }
}

/** How long the reply will be; infinite while that is not known, or where it comes in chunks. */
function sizeOf(text: string): number {
  const end = text.indexOf(BLANK_LINE)
  if (end === -1) return Infinity
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end)) ?? []
  return length === undefined ? Infinity : end + BLANK_LINE.length + Number(length)
}
