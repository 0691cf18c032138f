/** The control plane as its callers use it, and a small catalogue to begin with. */
import { type Edge, edge, makeKey, type Reply, type Sending } from './edge.ts'

/** A caller that manages. Paths begin with `/v1`. */
export interface Manager extends Edge {
  readonly key: string
  readonly put: (path: string, body?: unknown, headers?: Sending['headers']) => Promise<Reply>
  readonly patch: (path: string, body: unknown, headers?: Sending['headers']) => Promise<Reply>
  readonly remove: (path: string, headers?: Sending['headers']) => Promise<Reply>
  /** The same caller over other bindings. */
  readonly over: (bindings: Partial<Env>) => Manager
}

/** A caller with a new key that may do everything, or with the given one. */
export async function manager(key?: string): Promise<Manager> {
  return managerWith(key ?? (await makeKey()), {})
}

/** The answer of a request that must succeed. */
export async function expectOk(reply: Promise<Reply>): Promise<Reply> {
  const answer = await reply
  if ('code' in answer.body) throw new Error(JSON.stringify(answer.body))
  return answer
}

/** The ids of a page, in its order. */
export function idsOf({ body }: Reply): readonly string[] {
  return (body['data'] as { readonly id: string }[]).map(({ id }) => id)
}

/** Three tiers: enterprise inherits from pro, pro from starter. */
export async function openTiers(api: Manager): Promise<void> {
  await expectOk(api.put('/v1/catalogue', TIERS))
}

const TIERS = {
  features: [
    { id: 'sso', type: 'boolean' },
    { id: 'advanced-analytics', type: 'boolean' },
    { id: 'api-calls', type: 'meter' },
    { id: 'retries', type: 'customizable' },
  ],
  plans: [
    {
      id: 'starter',
      rank: 1,
      allowances: { 'api-calls': { limit: 1000, reset: 'monthly', alertsAt: [80] } },
    },
    { id: 'pro', rank: 2, parentId: 'starter', allowances: { sso: { enabled: true } } },
    { id: 'enterprise', rank: 3, parentId: 'pro', allowances: { retries: { value: 9 } } },
  ],
}

function managerWith(key: string, bindings: Partial<Env>): Manager {
  const at = edge(key, bindings)
  const send =
    (method: string) =>
    (path: string, body?: unknown, headers: Record<string, string> = {}) =>
      at.send(method, path, { headers, ...(body === undefined ? {} : { body }) })
  return {
    ...at,
    key,
    put: send('PUT'),
    patch: send('PATCH'),
    remove: (path, headers) => send('DELETE')(path, undefined, headers),
    over: (wrapped) => managerWith(key, wrapped),
  }
}
