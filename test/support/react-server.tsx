/** What the application's server does with the page. */
import { renderToString } from 'react-dom/server'
import { Sluice } from '../../sdk/index.ts'
import { serverSnapshot } from '../../sdk/react-server.ts'
import { Page, type PageData } from './react-page.tsx'

/** The page of one customer: with what it has, or for its browser to ask. */
export async function htmlFor(asked: {
  readonly url: string
  readonly key: string
  readonly customerId: string
  readonly isRendered: boolean
  readonly isLive: boolean
}): Promise<string> {
  const { url, key, customerId, isRendered, isLive } = asked
  const client = new Sluice({ url, key })
  const initial = isRendered ? await serverSnapshot(client, customerId) : null
  const page = <Page client={client} customerId={customerId} initial={initial} />
  const data: PageData = { url, customerId, initial, isLive }
  const text = JSON.stringify(data).replaceAll('<', '\\u003c')
  return `<!doctype html><div id="root">${renderToString(page)}</div>
<script type="application/json" id="data">${text}</script><script type="module" src="/page.js"></script>`
}
