/** API keys over HTTP. */
import type { KeyInput } from '../../schema/wire/key.ts'
import { createKey as create, keyList, keyView, revokeKey as revoke } from '../change/keys.ts'
import { page, type PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'

export const createKey: Handler<unknown, unknown, KeyInput> = (call) => create(call, call.body)

export const listKeys: Handler<unknown, PageQuery> = (call) =>
  page(call, keyList(call.ports), (row) => keyView(row, call.environment))

export const revokeKey: Handler<{ readonly keyId: string }> = (call) =>
  revoke(call, call.params.keyId)
