import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { forgetTallies } from '../../worker/ask/tally.ts'
import { forgetCerts } from '../../worker/cloudflare-access/certs.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { expectListeners } from '../../worker/webhooks/listeners.ts'
import { forgetKept } from '../../worker/kept.ts'
import { forgetSecrets } from '../../worker/signing.ts'
import { forgetTokens } from '../../worker/tokens.ts'
import { hostile } from './hostile.ts'

/** Empty stores with the schema applied, a cold isolate, nothing hostile. For `beforeEach`. */
export async function fresh(): Promise<void> {
  hostile.clear()
  clearIsolate()
  forgetTallies()
  expectListeners()
  forgetCerts()
  forgetKept()
  forgetSecrets()
  forgetTokens()
  // The first statement after a reset may still reach the database that is on its way out.
  do await reset()
  while (await hasTables())
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
}

async function hasTables(): Promise<boolean> {
  return (await env.DB.prepare('SELECT count(*) AS n FROM sqlite_master').first('n')) !== 0
}
