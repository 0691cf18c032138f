/** Money in Kelviq's form: decimals of the main unit, where ours is whole minor units. */

/** An amount as a decimal text, such as `19.00`. */
export function decimalText(amount: number, currency: string): string {
  const digits = digitsOf(currency)
  const whole = String(amount).padStart(digits + 1, '0')
  if (digits === 0) return whole
  return `${whole.slice(0, -digits)}.${whole.slice(-digits)}`
}

/** The whole minor units that a decimal number means; null where it means no such number. */
export function minorUnits(decimal: number, currency: string): number | null {
  const scaled = decimal * 10 ** digitsOf(currency)
  const amount = Math.round(scaled)
  // What binary fractions make of 29.99 is off by far less than 29.995 is.
  const isWhole = Math.abs(scaled - amount) <= scaled * 1e-14
  return isWhole && Number.isSafeInteger(amount) && amount >= 0 ? amount : null
}

/** Whether the text is a currency that money can be told in. */
export function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text)
}

function digitsOf(currency: string): number {
  const form = new Intl.NumberFormat('en', { style: 'currency', currency })
  return form.resolvedOptions().maximumFractionDigits ?? 2
}
