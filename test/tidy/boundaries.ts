/** Which folder may import from which others, beside itself. What is not listed is refused. */
export const BOUNDARIES: Readonly<Record<string, readonly string[]>> = {
  entitlements: [],
  schema: ['entitlements'],
  'durable-objects': ['entitlements', 'schema'],
  worker: ['entitlements', 'schema', 'durable-objects'],
  sdk: ['entitlements', 'schema'],
  // Types of the wire alone; a test holds that it takes nothing else.
  dashboard: ['schema'],
  examples: [],
  // Pictures are taken by the browser of the tests.
  scripts: ['entitlements', 'schema', 'worker', 'test'],
  bench: ['entitlements', 'schema', 'durable-objects', 'worker', 'scripts', 'sdk'],
  test: [
    'entitlements',
    'schema',
    'durable-objects',
    'worker',
    'scripts',
    'bench',
    'sdk',
    'dashboard',
  ],
}

/** Which packages a folder may import; the platform's own modules (`cloudflare:`, `node:`) count. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  entitlements: [],
  schema: ['zod', 'drizzle-orm'],
  'durable-objects': ['cloudflare:workers'],
  sdk: ['hono', 'react', '@openfeature/server-sdk', 'tsdown', 'node:fs', 'node:util'],
  worker: ['cloudflare:workers', 'hono', 'drizzle-orm', 'standardwebhooks', 'stripe'],
}
