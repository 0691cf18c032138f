/**
 * Who is signed in: a cookie that this server has signed. Stands for the sessions that you have; what matters is that
 * nobody can claim to be another customer.
 */
const COOKIE = 'session'

/** The customer of a request, or null where nobody is signed in. */
export async function customerOf(request: Request): Promise<string | null> {
  const cookies = request.headers.get('Cookie') ?? ''
  const [, customer = '', signature = ''] =
    new RegExp(`(?:^|; )${COOKIE}=([^;.]+)\\.([^;]+)`).exec(cookies) ?? []
  const isOurs = await crypto.subtle
    .verify('HMAC', await secret(), bytesOf(signature), new TextEncoder().encode(customer))
    .catch(() => false)
  return isOurs ? decodeURIComponent(customer) : null
}

/** The `Set-Cookie` of somebody who has signed in. */
export async function cookieFor(customerId: string): Promise<string> {
  const customer = encodeURIComponent(customerId).replaceAll('.', '%2E')
  const signed = await crypto.subtle.sign(
    'HMAC',
    await secret(),
    new TextEncoder().encode(customer),
  )
  return `${COOKIE}=${customer}.${Buffer.from(signed).toString('base64url')}; HttpOnly; SameSite=Lax; Path=/`
}

function secret(): Promise<CryptoKey> {
  const text = process.env['SESSION_SECRET'] ?? ''
  if (text.length < 32) throw new Error('Set SESSION_SECRET to 32 characters or more.')
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = new TextEncoder().encode(text)
  return crypto.subtle.importKey('raw', key, algorithm, false, ['sign', 'verify'])
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}
