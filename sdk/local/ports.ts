/** What local evaluation needs of its process. */
export interface Ports {
  /** Milliseconds since 1970. That it is wrong is found out from the service's answers. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  /** Runs `work` later; returns how to call it off. Does not keep the process alive. */
  readonly after: (ms: number, work: () => void) => () => void
}

/** A longer timer would go off at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The process's own. */
export const PORTS: Ports = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, work) => {
    const timer: unknown = setTimeout(work, Math.min(ms, TIMER_MS_MAX))
    // A number in browsers and Workers, where nothing waits for timers.
    if (hasUnref(timer)) timer.unref()
    return () => clearTimeout(timer as number)
  },
}

function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer
}
