import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { LOCAL_ENV } from './scripts/dev/wrangler.ts'
import { GROWTH, growthText } from './scripts/growth/report.ts'
import { BILLER_SECRET } from './test/support/biller.ts'

const MIGRATIONS = 'schema/migrations'

/** Pure code, and tests that start processes: plain Node. */
const node = {
  test: {
    name: 'node',
    environment: 'node',
    include: ['test/{entitlements,schema,sdk,tidy,scripts}/**/*.test.{ts,tsx}'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}

/** Inside workerd, on real D1, KV and objects. One isolate for all files: tests reset what they touch. */
const workerd = {
  plugins: [
    cloudflareTest(async () => ({
      main: './test/support/worker.ts',
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        // Holds what D1 held some time ago, for tests of copies that are behind.
        d1Databases: { DB_BEFORE: 'sluice-before' },
        bindings: {
          [GROWTH]: growthText(process.env),
          GENERIC_WEBHOOK_SECRET: BILLER_SECRET,
          TEST_MIGRATIONS: existsSync(MIGRATIONS) ? await readD1Migrations(MIGRATIONS) : [],
        },
      },
    })),
  ],
  test: {
    name: 'workerd',
    include: ['test/{worker,durable-objects}/**/*.test.ts'],
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Resetting all stores between tests can cut off the runtime's own work of the test before. What is wrong with
    // the code fails three times. What takes minutes is not tried again.
    retry: GROWTH in process.env ? 0 : 2,
  },
}

/** Over sockets, from outside. One process for all files, because the service that they call starts once. */
const conformance = {
  test: {
    name: 'conformance',
    environment: 'node',
    include: ['test/{conformance,dashboard}/**/*.test.ts'],
    env: LOCAL_ENV,
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Of browsers and sockets on a busy machine; what comes at once is not waited for.
    expect: { poll: { timeout: 15_000 } },
  },
}

export default defineConfig({ test: { projects: [node, workerd, conformance] } })
