/**
 * The meters against an oracle: two independent readings of one design, compared after every command.
 *
 * The same histories on every run, so that a change is judged by what it changed. `MODEL_SECONDS=600 npx vitest run
 * --project node test/entitlements/model.test.ts` looks for new ones; `MODEL_SEED` repeats what it found.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../entitlements/instant.ts'
import { type History, histories } from '../support/histories.ts'
import { ModelWorld } from '../support/model-world.ts'

const SECONDS = Number(process.env['MODEL_SECONDS'] ?? 0)
const SEED = Number(process.env['MODEL_SEED'] ?? (SECONDS > 0 ? Date.now() % 2 ** 31 : 2026))
const HISTORIES = 400

describe('meters', () => {
  it(`read as the oracle says after every command (seed ${SEED})`, () => {
    let commands = 0
    fc.assert(
      fc.property(histories(25), (history) => {
        commands += history.events.length
        expectAgreement(history)
      }),
      {
        seed: SEED,
        ...(SECONDS > 0
          ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: SECONDS * 1_000 }
          : { numRuns: HISTORIES }),
      },
    )
    expect(commands).toBeGreaterThan(0)
    console.info(`${commands} commands agreed, seed ${SEED}`)
  }, 3_600_000)
})

function expectAgreement(history: History): void {
  const world = new ModelWorld(history)
  for (const event of history.events) {
    const { core, oracle } = world.play(event)
    if (JSON.stringify(core) !== JSON.stringify(oracle)) {
      expect(core, world.log()).toEqual(oracle)
    }
  }
  const { kept, turned } = world.readings(32 * DAY_MS)
  if (JSON.stringify(turned) !== JSON.stringify(kept)) expect(turned, world.log()).toEqual(kept)
}
