/** A page of an application's own origin, made of a program as people paste it, beside the backend that serves it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'vite'
import { api, ORIGIN } from '../support/service.ts'
import { bodyOf } from './customers.ts'

const ROOT = join(import.meta.dirname, '../..')
const ENTRY = 'virtual:page'

export interface Application {
  readonly url: string
  readonly close: () => void
}

/**
 * Serves a page with this body and program. Its backend knows that this customer is signed in, and is the only one that
 * has a key.
 */
export async function serveApplication(
  customerId: string,
  body: string,
  program: string,
): Promise<Application> {
  const script = await bundled(program)
  const server: Server = createServer((request, response) => {
    const send = (type: string, text: string) =>
      response.writeHead(200, { 'Content-Type': type }).end(text)
    if (request.url === '/page.js') send('text/javascript', script)
    else if (request.url === '/sluice-token') {
      void bodyOf(api.post(`/customers/${customerId}/tokens`, {})).then((minted) =>
        send('application/json', JSON.stringify(minted)),
      )
    } else send('text/html', `<!doctype html>${body}<script type="module" src="/page.js"></script>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}

/** As a front end's build makes it. */
async function bundled(program: string): Promise<string> {
  const made = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    define: { 'import.meta.env.VITE_SLUICE_URL': JSON.stringify(ORIGIN) },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === ENTRY ? join(ROOT, 'page.js') : null),
        load: (id) => (id === join(ROOT, 'page.js') ? program : null),
      },
    ],
    build: { write: false, minify: false, rolldownOptions: { input: ENTRY } },
  })
  const [output] = Array.isArray(made) ? made : [made]
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk === undefined) throw new Error('There is no page.')
  return chunk.code
}
