import { describe, expect, it } from 'vitest'
import type { Failure } from '../../../worker/failures.ts'
import { refuse } from '../../../worker/ofrep/answer.ts'
import type { Spoken } from '../../../worker/protocols.ts'

const PATH = '/ofrep/v1/evaluate/flags/sso'

describe('a failure', () => {
  const spoken = {
    path: PATH,
    requestId: 'r',
    request: new Request(`https://sluice.test${PATH}`),
  } as Spoken

  it.each<[Failure, number, string]>([
    [{ code: 'customer_overloaded' }, 500, 'GENERAL'],
    [{ code: 'unavailable' }, 500, 'GENERAL'],
    [{ code: 'consistency_unavailable' }, 500, 'GENERAL'],
    [{ code: 'internal' }, 500, 'GENERAL'],
    [{ code: 'credential_missing', environment: 'sandbox' }, 401, 'GENERAL'],
    [{ code: 'scope_missing', needed: 'read', held: [] }, 403, 'GENERAL'],
    [{ code: 'body_too_large', bytesMax: 65_536 }, 400, 'PARSE_ERROR'],
    [{ code: 'unsupported_media_type', received: null }, 400, 'PARSE_ERROR'],
  ])('%o has one of the protocol’s statuses: %i', async (failure, status, errorCode) => {
    const response = refuse(failure, spoken)
    expect([response.status, response.headers.get('Content-Type')]).toEqual([
      status,
      'application/json',
    ])
    const body = await response.json()
    expect(body).toEqual({ key: 'sso', errorCode, errorDetails: expect.any(String) })
  })
})
