import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { clearIsolate } from '../../worker/isolate.ts'
import { hostile } from './hostile.ts'

/** Empty stores with the schema applied, a cold isolate, nothing hostile. For `beforeEach`. */
export async function fresh(): Promise<void> {
  hostile.clear()
  clearIsolate()
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
}
