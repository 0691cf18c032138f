declare namespace Cloudflare {
  interface Env {
    /** Every migration of `schema/migrations`, for `applyD1Migrations`. Bound by vitest.config.ts. */
    readonly TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}
