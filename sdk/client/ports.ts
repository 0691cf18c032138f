/** What a client needs of its process beside the network. */

export interface Ports {
  /** Milliseconds since whenever: only differences count, so that nobody's clock has to be right. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** 0 to 1. */
  readonly random: () => number
}

/** The process's own. */
export const PORTS: Ports = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
}
