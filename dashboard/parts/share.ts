/** How many of the checks were denied: `7 %`, and never `0 %` where there was one. */
export function share(counts: { readonly granted: number; readonly denied: number }): string {
  const { granted, denied } = counts
  if (denied === 0) return '0 %'
  const percent = (100 * denied) / (granted + denied)
  if (percent < 1) return 'less than 1 %'
  return `${granted > 0 ? Math.min(99, Math.round(percent)) : 100} %`
}
