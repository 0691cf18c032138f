/** Next.js asks this before a page or a route is reached. Goes beside `app/`. */
import { meter, requireFeature } from '@sluice/sdk/middleware'
import { customerOf } from './session.ts'
import { sluice } from './sluice.ts'

/** A page only for who has the feature. While Sluice cannot be asked nobody is turned away from it. */
const analytics = requireFeature(sluice, 'advanced-analytics', {
  customer: customerOf,
  onOutage: 'allow',
})

/** Each request of the public API counts. */
const calls = meter(sluice, 'api-calls', { customer: customerOf })

export async function proxy(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith('/api/')) return calls(request, goOn)
  const response = await analytics(request, goOn)
  // A person is shown where to buy it, a program the reason.
  return response.status === 402 ? Response.redirect(new URL('/pricing', request.url)) : response
}

export const config = { matcher: ['/analytics/:path*', '/api/v1/:path*'] }

/** What `NextResponse.next()` makes. Without importing it, this file runs in a test as it stands. */
function goOn(): Response {
  return new Response(null, { headers: { 'x-middleware-next': '1' } })
}
