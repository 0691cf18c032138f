import { HOST } from './port.ts'

const MINUTE_MS = 60_000
const PATIENCE_MS = 30_000

/** What wrangler serves for its own use: a request to it is one cron tick. */
export const CRON_PATH = '/cdn-cgi/handler/scheduled'

/** Ticks every minute until told to stop, as Cloudflare would: wrangler knows the schedule but does not follow it. */
export function followSchedule(port: number, everyMs = MINUTE_MS): () => void {
  const timer = setInterval(() => void tick(port), everyMs)
  return () => clearInterval(timer)
}

/** A tick that fails is made up for by the next one. */
async function tick(port: number): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const response = await fetch(`http://${HOST}:${port}${CRON_PATH}`, { signal }).catch(() => null)
  await response?.body?.cancel()
}
