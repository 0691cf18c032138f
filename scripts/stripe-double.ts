/**
 * A double of Stripe on loopback, for tests, for the demonstration, and for whoever has no account:
 * `npm run stripe-double -- --port 12111 --key sk_test_double`. It ends with its standard input.
 */
import { parseArgs } from 'node:util'
import { command } from './dev/refusal.ts'
import { startDouble } from './stripe-double/server.ts'

await command(async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '12111' },
      key: { type: 'string', default: 'sk_test_double' },
    },
  })
  const double = await startDouble({ port: Number(values.port), key: values.key })
  console.log(JSON.stringify({ url: double.url }))
  const end = (): void => void double.stop().then(() => process.exit(0))
  process.stdin.on('end', end).on('error', end).resume()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
})
