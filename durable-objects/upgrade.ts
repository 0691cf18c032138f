/** The request with which the Worker hands a socket on to a customer object, and how the object reads it. */
import type { ListenRequest } from './calls.ts'

/** Nobody is reached there: it is the object that the request is given to. */
const ADDRESS = 'https://customer.invalid/stream'

/** A request to upgrade that says who listens. */
export function listenRequest(said: ListenRequest): Request {
  const url = `${ADDRESS}?said=${encodeURIComponent(JSON.stringify(said))}`
  return new Request(url, { headers: { Upgrade: 'websocket' } })
}

/** What `listenRequest` says. Nobody else can reach an object by `fetch`. */
export function listening({ url }: Request): ListenRequest {
  return JSON.parse(new URL(url).searchParams.get('said') ?? '') as ListenRequest
}
