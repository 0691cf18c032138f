import { useSyncExternalStore } from 'react'

/** Where a table with many columns would leave most of them out of sight: phones, and windows as wide as one. */
const NARROW = '(width < 40rem)'

/** Whether the window is as narrow as a phone. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(listen, () => matchMedia(NARROW).matches)
}

function listen(onChange: () => void): () => void {
  const list = matchMedia(NARROW)
  list.addEventListener('change', onChange)
  return () => list.removeEventListener('change', onChange)
}
