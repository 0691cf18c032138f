/** `GET /`: a page to ask questions with in local development, an index of the service elsewhere. */
import { ok } from '../../entitlements/result.ts'
import { type Call, type Environment, isIn, type Outcome } from '../route.ts'
import { ROUTES } from '../routes.ts'

/** Set by wrangler as it builds, so that what is deployed does not even have the page. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }

export async function getHome(call: Call): Promise<Outcome> {
  if (process.env.NODE_ENV !== 'production' && isPersonAtHome(call)) {
    const { localPage } = await import('./local.ts')
    return ok(localPage(call))
  }
  return ok({ body: indexJson(call.environment) })
}

/** What the service is, and every route that it has. */
export function indexJson(environment: Environment): object {
  const rows = ROUTES.filter((row) => isIn(environment, row))
  const routes = rows.map(({ method, path }) => `${method} ${path}`)
  return { name: 'Sluice', environment, routes }
}

function isPersonAtHome({ environment, request }: Call): boolean {
  return environment === 'local' && request.headers.get('Accept') !== 'application/json'
}
