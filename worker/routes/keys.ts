/** API keys over HTTP. */
import type { KeyInput } from '../../schema/wire/key.ts'
import { createKey as create, keyList, keyView, revokeKey as revoke } from '../change/keys.ts'
import { rotateKey as rotate } from '../change/keys-rotation.ts'
import { page, type PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'

interface Params {
  readonly keyId: string
}

export const createKey: Handler<unknown, unknown, KeyInput> = (call) => create(call, call.body)

export const listKeys: Handler<unknown, PageQuery> = (call) =>
  page(call, keyList(call.ports), (row) => keyView(row, call.environment))

export const rotateKey: Handler<Params, unknown, { readonly overlapSeconds: number }> = (call) =>
  rotate(call, call.params.keyId, call.body)

export const revokeKey: Handler<Params> = (call) => revoke(call, call.params.keyId)
