import { Empty } from '@cloudflare/kumo/components/empty'

/** An address that leads nowhere. */
export function Missing() {
  return <Empty title="There is no such page" description="The address may have been mistyped." />
}
