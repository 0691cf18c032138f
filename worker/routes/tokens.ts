/** Customer tokens over HTTP. */
import type { TokenInput } from '../../schema/wire/token.ts'
import * as tokens from '../change/tokens.ts'
import type { Handler } from '../route.ts'

export const createCustomerToken: Handler<{ readonly customerId: string }, unknown, TokenInput> = (
  call,
) => tokens.createCustomerToken(call, call.params.customerId, call.body)
