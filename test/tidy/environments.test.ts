import { describe, expect, it } from 'vitest'
import { experimental_readRawConfig } from 'wrangler'
import { join } from 'node:path'
import { ROOT } from './repository.ts'

interface Environment {
  readonly vars?: { readonly ENVIRONMENT?: string; readonly GRACE_DAYS?: string }
  readonly kv_namespaces?: readonly { readonly binding: string; readonly id: string }[]
  readonly d1_databases?: readonly {
    readonly binding: string
    readonly database_id: string
    readonly database_name: string
  }[]
  readonly durable_objects?: { readonly bindings: readonly { readonly name: string }[] }
  readonly exports?: object
  readonly triggers?: { readonly crons: readonly string[] }
}

const { rawConfig } = experimental_readRawConfig({ config: join(ROOT, 'wrangler.toml') })
const environments = new Map<string, Environment>([
  ['local', rawConfig as Environment],
  ...Object.entries((rawConfig.env ?? {}) as Record<string, Environment>),
])

describe('environments', () => {
  it('are local development, sandbox and production', () => {
    expect([...environments.keys()]).toEqual(['local', 'sandbox', 'production'])
  })

  it('never share a store', () => {
    const ids = [...environments.values()].flatMap((each) => [
      ...(each.kv_namespaces ?? []).map(({ id }) => `kv ${id}`),
      ...(each.d1_databases ?? []).flatMap((d1) => [
        `d1 ${d1.database_id}`,
        `d1 ${d1.database_name}`,
      ]),
    ])
    expect(ids.length).toBe(9)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each([...environments])('%s states everything itself', (name, environment) => {
    expect({
      vars: environment.vars?.ENVIRONMENT,
      kv: environment.kv_namespaces?.map(({ binding }) => binding),
      d1: environment.d1_databases?.map(({ binding }) => binding),
      objects: environment.durable_objects?.bindings.map((each) => each.name),
      exports: environment.exports,
      crons: environment.triggers?.crons,
    }).toEqual({
      vars: name,
      kv: ['KV'],
      d1: ['DB'],
      objects: ['CUSTOMERS'],
      exports: { CustomerObject: { type: 'durable-object', storage: 'sqlite' } },
      crons: ['* * * * *'],
    })
  })
})
