/** Finding a row: looked up or walked to, it is the same row. */
import { describe, expect, it } from 'vitest'
import { app } from '../../worker/app.ts'
import { LookUpFirst } from '../../worker/router.ts'
import { ROUTES } from '../../worker/routes.ts'

function routerOf(rows: readonly { method: string; path: string }[]): LookUpFirst<string> {
  const router = new LookUpFirst<string>()
  for (const { method, path } of rows) router.add(method, path, `${method} ${path}`)
  return router
}

const handlers = (router: LookUpFirst<string>, method: string, path: string) =>
  router.match(method, path)[0].map(([handler]) => handler)

describe('the router', () => {
  // A preset of Hono's brings its own, whatever it is given.
  it('is the one that the service goes by', () => {
    expect(app.router).toBeInstanceOf(LookUpFirst)
  })

  it('finds every row of the table by a path of its form, and no other row', () => {
    const router = routerOf(ROUTES)
    const found = ROUTES.map(({ method, path }) =>
      handlers(router, method, path.replaceAll(':', 'some-')),
    )
    expect(found).toEqual(ROUTES.map(({ method, path }) => [`${method} ${path}`]))
  })

  it('prefers neither method where a path has two, and knows no third', () => {
    const router = routerOf([
      { method: 'GET', path: '/v1/plans' },
      { method: 'POST', path: '/v1/plans' },
    ])
    expect(handlers(router, 'POST', '/v1/plans')).toEqual(['POST /v1/plans'])
    expect(handlers(router, 'DELETE', '/v1/plans')).toEqual([])
  })

  it('takes a path with a slash at its end for another path', () => {
    const router = routerOf(ROUTES)
    const found = ROUTES.filter(({ path }) => path !== '/').flatMap(({ method, path }) =>
      handlers(router, method, `${path.replaceAll(':', 'some-')}/`),
    )
    expect(found).toEqual([])
  })

  it('gives parameters to a row that has them', () => {
    const router = routerOf([{ method: 'GET', path: '/v1/plans/:planId' }])
    expect(router.match('GET', '/v1/plans/pro')[0]).toEqual([
      ['GET /v1/plans/:planId', { planId: 'pro' }],
    ])
  })
})
