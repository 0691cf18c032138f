/** Calls `listener` when a browser is back online; elsewhere never. Returns how to stop. */
export function whenOnline(listener: () => void): () => void {
  const { window: page } = globalThis as { readonly window?: EventTarget }
  page?.addEventListener?.('online', listener)
  return () => page?.removeEventListener?.('online', listener)
}
