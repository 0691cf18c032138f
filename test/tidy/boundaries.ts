/** Which folder may import from which others, beside itself. What is not listed is refused. */
export const BOUNDARIES: Readonly<Record<string, readonly string[]>> = {
  entitlements: [],
  schema: ['entitlements'],
  'durable-objects': ['entitlements', 'schema'],
  worker: ['entitlements', 'schema', 'durable-objects'],
  scripts: ['entitlements', 'schema'],
  bench: ['entitlements', 'schema', 'durable-objects', 'worker', 'scripts'],
  test: ['entitlements', 'schema', 'durable-objects', 'worker', 'scripts', 'bench'],
}

/** Which packages a folder may import; the platform's own modules (`cloudflare:`, `node:`) count. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  entitlements: [],
  schema: ['zod', 'drizzle-orm'],
  'durable-objects': ['cloudflare:workers'],
  worker: ['cloudflare:workers', 'hono', 'drizzle-orm', 'standardwebhooks', 'stripe'],
}
