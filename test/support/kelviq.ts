/** Kelviq's API as a caller finds it, inside workerd. */
import { exports } from 'cloudflare:workers'
import type { Scope } from '../../schema/keys.ts'
import { type ApiAnswer, makeKey } from './api.ts'

/** Sends one request; the path begins below `/api/v1`. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: HeadersInit,
) => Promise<ApiAnswer>

/** A caller of Kelviq's API with a key of these scopes. */
export async function kelviqWith(...scopes: Scope[]): Promise<Send> {
  const key = await makeKey(...scopes)
  return async (method, path, body, headers = {}) => {
    const all = new Headers({
      // Kelviq's SDK says so of every request, with a body or without.
      'Content-Type': 'application/json',
      Accept: 'application/json',
      Authorization: `Bearer ${key}`,
    })
    new Headers(headers).forEach((value, name) => all.set(name, value))
    const response = await exports.default.fetch(`https://sluice.test/api/v1${path}`, {
      method,
      headers: all,
      redirect: 'manual',
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? null : JSON.parse(text),
      headers: response.headers,
    }
  }
}
