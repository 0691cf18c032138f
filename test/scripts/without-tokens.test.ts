import { expect, it } from 'vitest'
import { withoutTokens } from '../../scripts/dev/without-tokens.ts'

it.each([
  ['GET /portal/c2VjcmV0.sig_1-2 200 OK (8ms)', 'GET /portal/… 200 OK (8ms)'],
  [
    'POST /portal/c2VjcmV0/subscriptions/sub_1/cancel 303',
    'POST /portal/…/subscriptions/sub_1/cancel 303',
  ],
  ['GET /portal/c2VjcmV0?news=canceled 200 OK', 'GET /portal/…?news=canceled 200 OK'],
  ['GET /v1/customers/portal 200 OK', 'GET /v1/customers/portal 200 OK'],
])('%s is logged as %s', (line, logged) => {
  expect(withoutTokens(line)).toBe(logged)
})
