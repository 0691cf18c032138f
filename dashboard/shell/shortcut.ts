import { useEffect } from 'react'

/** The keys as this machine's keyboard has them. */
export const SHORTCUT = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'

/** Opens on Ctrl K and ⌘ K, wherever the person is. */
export function useShortcut(open: () => void): void {
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      open()
    }
    addEventListener('keydown', heard)
    return () => removeEventListener('keydown', heard)
  })
}
