/** Amounts as people write them, and as the API counts them: in the currency's smallest unit. */

/** An amount in the smallest unit of its currency, as people write it: `$1,234.50`, `¥900`. */
export function moneyText(amount: number, currency: string): string {
  return formatOf(currency).format(amount / 10 ** digitsOf(currency))
}

/** `99`, `99.5` or `1,999.00` in smallest units, exactly; null where it is no amount of this currency. */
export function amountIn(text: string, currency: string): number | null {
  if (!/^[A-Z]{3}$/.test(currency)) return null
  const [, whole = '', part = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text.replaceAll(/[\s,]/g, '')) ?? []
  const digits = digitsOf(currency)
  if (whole === '' || part.length > digits) return null
  const amount = Number(whole + part.padEnd(digits, '0'))
  return Number.isSafeInteger(amount) ? amount : null
}

function digitsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2
}

function formatOf(currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat('en', { style: 'currency', currency })
}
