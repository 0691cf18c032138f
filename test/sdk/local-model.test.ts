import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Verdict } from '../../sdk/contract.ts'
import { local, type LocalSluice } from '../../sdk/local.ts'
import type { InMemorySluice } from '../../sdk/testing.ts'
import { CATALOGUE, threeHolders } from '../support/three-holders.ts'
import { type Fate, Process, Wire } from '../support/wire.ts'

const FEATURES = CATALOGUE.features.map(({ id }) => id)
const METERS = ['calls', 'seats'] as const
const CUSTOMERS = ['acme', 'other'] as const

const FATES: readonly Fate[] = ['arrives', 'is behind', 'is refused', 'is never answered']

/** Something that happens: here, to somebody else, to the wire, or by time. */
type Step =
  | { readonly do: 'check' | 'checkNow'; readonly customerId: string; readonly featureId: string }
  | { readonly do: 'consume' | 'report'; readonly customerId: string; readonly featureId: string }
  | { readonly do: 'use elsewhere'; readonly customerId: string; readonly featureId: string }
  | { readonly do: 'change elsewhere'; readonly customerId: string; readonly toMax: boolean }
  | { readonly do: 'edit'; readonly limit: number }
  | { readonly do: 'wire'; readonly fate: Fate }
  | { readonly do: 'pass'; readonly ms: number }

const customerId = fc.constantFrom(...CUSTOMERS)
const featureId = fc.constantFrom(...FEATURES)
const meterId = fc.constantFrom(...METERS)

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('check' as const, 'checkNow' as const),
      customerId,
      featureId,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('consume' as const, 'report' as const, 'use elsewhere' as const),
      customerId,
      featureId: meterId,
    }),
  },
  fc.record({ do: fc.constant('change elsewhere' as const), customerId, toMax: fc.boolean() }),
  fc.record({ do: fc.constant('edit' as const), limit: fc.integer({ min: 1, max: 2_000 }) }),
  fc.record({ do: fc.constant('wire' as const), fate: fc.constantFrom(...FATES) }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 900, 5_000, 31_000, 70_000, 700_000, 20 * 86_400_000),
    }),
  },
)

it('goes back behind nothing that it has shown, whatever happens, and is right once the wire is', async () => {
  let [here, shown] = [0, 0]
  const denials = fc.constantFrom('local' as const, 'confirm' as const)
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 60, maxLength: 100 }),
      denials,
      async (happening, denying) => {
        const world = begin(denying)
        for (const step of happening) await happens(world, step)
        expect(world.wrong).toEqual([])
        here += world.here
        shown += world.shown
        world.wire.fate = 'arrives'
        await world.process.pass(120_000)
        await agrees(world)
        world.sluice.close()
        expect(world.process.waiting).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
  // Most of what is shown comes from here: it is this that is held to the rule.
  expect(here).toBeGreaterThan(shown / 3)
}, 60_000)

interface World {
  readonly memory: InMemorySluice
  readonly wire: Wire
  readonly process: Process
  readonly sluice: LocalSluice
  /** By customer, the newest version that was shown, and of the catalogue. */
  readonly versions: Map<string, number>
  revision: number
  here: number
  shown: number
  readonly wrong: string[]
}

function begin(denials: 'local' | 'confirm'): World {
  const memory = threeHolders()
  const wire = new Wire(memory)
  const process = new Process(memory)
  const sluice = local(wire, { denials, ports: process.ports })
  const versions = new Map<string, number>()
  return { memory, wire, process, sluice, versions, revision: 0, here: 0, shown: 0, wrong: [] }
}

async function happens(world: World, step: Step): Promise<void> {
  const { memory, wire, process, sluice } = world
  switch (step.do) {
    case 'check': {
      let answer: Verdict | null = null
      void sluice.check(step).then((verdict) => (answer = verdict))
      // Who is never answered is not waited for.
      await process.pass(6_000)
      return see(world, answer)
    }
    case 'checkNow':
      return see(world, sluice.checkNow(step))
    case 'consume':
    case 'report':
      return use(world, step)
    case 'use elsewhere':
      memory.outage(false)
      await memory.reportUsage({ ...step, value: 1 })
      return
    case 'change elsewhere':
      memory.act(step.customerId, {
        action: 'change',
        planId: step.toMax ? 'max' : 'pro',
        when: 'now',
      })
      return
    case 'edit':
      return memory.putCatalogue(edited(step.limit))
    case 'wire':
      wire.fate = step.fate
      return
    case 'pass':
      return process.pass(step.ms)
  }
}

/** A use shows the state that it has led to. */
async function use(world: World, step: Extract<Step, { do: 'consume' | 'report' }>): Promise<void> {
  const { memory, sluice, versions } = world
  memory.outage(false)
  const { customerId: whom } = step
  const used =
    step.do === 'consume' ? sluice.consume(step) : sluice.reportUsage({ ...step, value: 1 })
  await used
  const { version } = await memory.check({ customerId: whom, featureId: 'sso' })
  versions.set(whom, Math.max(version, versions.get(whom) ?? 0))
}

function see(world: World, verdict: Verdict | null): void {
  if (verdict === null || verdict.decidedBy === 'fallback') return
  const { version, revision, customerId: whom, featureId: what, decidedBy } = verdict
  const known = world.versions.get(whom) ?? 0
  if (version < known)
    world.wrong.push(`${decidedBy}: ${whom} ${what} at ${version} after ${known}`)
  if (revision < world.revision)
    world.wrong.push(`${decidedBy}: ${revision} after ${world.revision}`)
  world.versions.set(whom, Math.max(version, known))
  world.revision = Math.max(revision, world.revision)
  world.shown += 1
  if (decidedBy === 'local') world.here += 1
}

/** What is said here is what is so. */
async function agrees({ memory, sluice, process }: World): Promise<void> {
  for (const whom of CUSTOMERS) {
    for (const what of FEATURES) {
      const question = { customerId: whom, featureId: what }
      await sluice.check(question)
      await process.pass(1_000)
      const { hasAccess, reason, used, version } = await sluice.check(question)
      const truth = await memory.check(question)
      expect({ ...question, hasAccess, reason, used, version }).toEqual({
        ...question,
        hasAccess: truth.hasAccess,
        reason: truth.reason,
        used: truth.used,
        version: truth.version,
      })
    }
  }
}

function edited(limit: number) {
  const plans = CATALOGUE.plans.map((plan) =>
    plan.id === 'pro' ? { ...plan, allowances: { ...plan.allowances, calls: { limit } } } : plan,
  )
  return { ...CATALOGUE, plans }
}
