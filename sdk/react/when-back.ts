/** Calls `listener` whenever the page comes into view, or the browser back online. Returns how to stop. */
export function whenBack(listener: () => void): () => void {
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') listener()
  }
  document.addEventListener('visibilitychange', whenVisible)
  window.addEventListener('online', listener)
  return () => {
    document.removeEventListener('visibilitychange', whenVisible)
    window.removeEventListener('online', listener)
  }
}
