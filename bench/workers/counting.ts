/**
 * The service with every operation on a store counted. `GET /counted` tells the counts since it was last asked; a
 * check that carries `Forget` finds no copy of its customer in memory.
 *
 * The Worker and its objects share this module's memory, for locally they run in one isolate.
 */
import { CustomerObject as Real } from '../../durable-objects/customer-object.ts'
import service from '../../worker/index.ts'
import type { Counts } from '../counts.ts'
import { forgetCustomerOf } from './forget.ts'

let counts = none()
/** Statements run on an object's storage: what they read is known once their rows have been taken. */
let cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []

export class CustomerObject extends Real {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    // The base class keeps its context as a plain property of the instance.
    Object.defineProperty(this, 'ctx', { value: countedContext(ctx) })
  }
}

export default {
  fetch: async (request, env, ctx) => {
    if (request.url.endsWith('/counted')) return Response.json(take())
    if (request.headers.has('Forget')) forgetCustomerOf(request)
    return service.fetch(request, countedBindings(env), ctx)
  },
} satisfies ExportedHandler<Env>

function none(): Counts {
  return {
    kvReads: 0,
    kvWrites: 0,
    d1Queries: 0,
    d1RowsRead: 0,
    d1RowsWritten: 0,
    objectCalls: 0,
    objectRowsRead: 0,
    objectRowsWritten: 0,
  }
}

function take(): Counts {
  for (const { rowsRead, rowsWritten } of cursors) {
    counts.objectRowsRead += rowsRead
    counts.objectRowsWritten += rowsWritten
  }
  const taken = counts
  counts = none()
  cursors = []
  return taken
}

function countedBindings(env: Env): Env {
  return {
    ...env,
    KV: called(env.KV, {
      // Billed by the key, also where several are asked for at once.
      get: ([keys]) => void (counts.kvReads += Array.isArray(keys) ? keys.length : 1),
      put: () => void (counts.kvWrites += 1),
      delete: () => void (counts.kvWrites += 1),
    }),
    DB: countedDatabase(env.DB),
    CUSTOMERS: countedObjects(env.CUSTOMERS),
  }
}

function countedObjects(namespace: Env['CUSTOMERS']): Env['CUSTOMERS'] {
  return replaced(namespace, {
    getByName: (name: string) =>
      new Proxy(namespace.getByName(name), {
        get: (stub, method) => {
          const value: unknown = Reflect.get(stub, method)
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            counts.objectCalls += 1
            return Reflect.apply(value, stub, args)
          }
        },
      }),
  })
}

function countedDatabase(db: D1Database): D1Database {
  return replaced(db, {
    prepare: (sql: string) => countedStatement(db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await db.batch(statements.map((each) => BARE.get(each) ?? each))
      for (const { meta } of results) note(meta)
      return results
    },
  })
}

/** Counted statements, and what a batch has to be given in their place. */
const BARE = new WeakMap<D1PreparedStatement, D1PreparedStatement>()

function countedStatement(bare: D1PreparedStatement): D1PreparedStatement {
  const all = async () => {
    const result = await bare.all()
    note(result.meta)
    return result
  }
  const counted = replaced(bare, {
    bind: (...values: unknown[]) => countedStatement(bare.bind(...values)),
    all,
    run: all,
    first: async () => (await all()).results[0] ?? null,
  })
  BARE.set(counted, bare)
  return counted
}

function note({ rows_read, rows_written }: D1Meta): void {
  counts.d1Queries += 1
  counts.d1RowsRead += rows_read
  counts.d1RowsWritten += rows_written
}

function countedContext(ctx: DurableObjectState): DurableObjectState {
  const { storage } = ctx
  const sql = replaced(storage.sql, {
    exec: (query: string, ...values: SqlStorageValue[]) => {
      const cursor = storage.sql.exec(query, ...values)
      cursors.push(cursor)
      return cursor
    },
  })
  const countedStorage = replaced(storage, {
    sql,
    // An alarm that is set counts as a row that is written.
    setAlarm: (at: number) => {
      counts.objectRowsWritten += 1
      return storage.setAlarm(at)
    },
  })
  return replaced(ctx, { storage: countedStorage })
}

/** The object with some of its members replaced, and the rest bound to it. */
function replaced<T extends object>(target: T, members: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name === 'string' && Object.hasOwn(members, name)) return members[name]
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The object with calls of some of its methods noted. */
function called<T extends object>(
  target: T,
  notes: Readonly<Record<string, (args: readonly unknown[]) => void>>,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (typeof name === 'string') notes[name]?.(args)
        return Reflect.apply(value, target, args)
      }
    },
  })
}
