declare namespace Cloudflare {
  interface Env {
    /** Every migration of `schema/migrations`, for `applyD1Migrations`. Bound by vitest.config.ts. */
    readonly TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** What D1 held some time ago, where a test has copied it. Bound by vitest.config.ts. */
    readonly DB_BEFORE: D1Database
    /** How large the test of growth grows, as JSON. Bound by vitest.config.ts. */
    readonly SLUICE_GROWTH: string
  }
}
