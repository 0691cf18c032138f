/** The page's server: serves what `vite build` has made, and makes tokens for who is signed in. It alone has the key. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'

const {
  SLUICE_URL = 'http://localhost:8787',
  SLUICE_KEY = '',
  CUSTOMER = 'starter-co',
  PORT = '3000',
} = process.env
const DIST = join(import.meta.dirname, 'dist')

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
}

/** Whose request it is. Put your own sessions here, and never what the request merely says of itself. */
function customerOf() {
  return CUSTOMER
}

/** A token that reaches this customer alone, for a quarter of an hour. */
async function answerToken() {
  const response = await fetch(
    `${SLUICE_URL}/v1/customers/${encodeURIComponent(customerOf())}/tokens`,
    {
      method: 'POST',
      headers: { Authorization: `Bearer ${SLUICE_KEY}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ scopes: ['read', 'usage'] }),
      signal: AbortSignal.timeout(5_000),
    },
  )
  return { status: response.status, type: 'application/json', body: await response.text() }
}

/** @param {string} path */
async function file(path) {
  const name = path === '/' ? '/index.html' : path
  const body = await readFile(join(DIST, name)).catch(() => null)
  const type = TYPES[extname(name)] ?? 'application/octet-stream'
  return body === null ? { status: 404, type: 'text/plain', body: '' } : { status: 200, type, body }
}

/**
 * @param {string} method
 * @param {string} path
 */
function answer(method, path) {
  if (method === 'POST' && path === '/sluice-token') return answerToken()
  if (path !== '/session') return file(path)
  const body = JSON.stringify({ customerId: customerOf() })
  return { status: 200, type: 'application/json', body }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function respond({ method = 'GET', url = '/' }, response) {
  try {
    const { status, type, body } = await answer(method, new URL(url, 'http://localhost').pathname)
    response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body)
  } catch {
    response.writeHead(503).end()
  }
}

const server = createServer((request, response) => void respond(request, response))
server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}`)
})
