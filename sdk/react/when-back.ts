/**
 * Calls `listener` whenever the page comes into view, or the browser back online; where there is no page, never. Returns
 * how to stop.
 */
export function whenBack(listener: () => void): () => void {
  const { document: page, window: frame } = globalThis as Partial<
    Pick<Window, 'document' | 'window'>
  >
  const whenVisible = (): void => {
    if (page?.visibilityState === 'visible') listener()
  }
  page?.addEventListener?.('visibilitychange', whenVisible)
  frame?.addEventListener?.('online', listener)
  return () => {
    page?.removeEventListener?.('visibilitychange', whenVisible)
    frame?.removeEventListener?.('online', listener)
  }
}
