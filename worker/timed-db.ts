import type { Ports } from './ports.ts'
import type { Timing } from './timing.ts'

/** D1 as the control plane asks it: every question adds to the time that the request waited for it. */
export function timedDb(db: Ports['db'], timing: Timing): Ports['db'] {
  // A batch takes the statements that D1 has made itself, nothing around them.
  const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const timed = (statement: D1PreparedStatement): D1PreparedStatement => {
    const outer = new Proxy(statement, {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => timed(target.bind(...values))
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...values: unknown[]) =>
          timing.measure('d1', async () => Reflect.apply(member, target, values) as unknown)
      },
    })
    inner.set(outer, statement)
    return outer
  }
  return {
    prepare: (query) => timed(db.prepare(query)),
    batch: (statements) =>
      timing.measure('d1', () => db.batch(statements.map((each) => inner.get(each) ?? each))),
  }
}
