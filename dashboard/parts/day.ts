/** Instants as charts name them, in UTC. */

/** `2026-11-26`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length)
}

/** The instant at which a day is over; the day as `dayOf` writes it. */
export function dayAfter(day: string): string {
  const end = new Date(`${day}T00:00:00Z`)
  end.setUTCDate(end.getUTCDate() + 1)
  return end.toISOString()
}

/** `26 Nov`. */
export function dayText(at: number): string {
  return DAY.format(new Date(at))
}

/** `26 Nov, 13:00`. */
export function hourText(at: number): string {
  return HOUR.format(new Date(at))
}

/** `13:00`. */
export function timeText(at: number): string {
  return TIME.format(new Date(at))
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const HOUR = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})
const TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})
