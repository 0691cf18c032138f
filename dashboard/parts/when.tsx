import { useNow } from './clock.ts'

/** An instant, exact in UTC and as people say it. */
export function When({ at }: { readonly at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={at}>
      {exact(at)} <span className="text-kumo-subtle">({relative(at, now)})</span>
    </time>
  )
}

/** `26 Nov 2026, 13:20 UTC`; what is no instant, as somebody types it, as it is. */
export function exact(at: string): string {
  return Number.isNaN(Date.parse(at)) ? at : `${EXACT.format(new Date(at))} UTC`
}

/** `in 3 days`, `2 hours ago`. */
export function relative(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1]
  return RELATIVE.format(Math.round(seconds / size), unit)
}

const EXACT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const
