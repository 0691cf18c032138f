/** Rows as a file for spreadsheets (RFC 4180). */
import { saveFile } from './save-file.ts'

type Cell = string | number | boolean | null | undefined

/**
 * The text of a CSV file. A cell that a spreadsheet would take for a formula gets an apostrophe in front, which
 * spreadsheets show as text (OWASP, “CSV Injection”).
 */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(cellText).join(',')).join('\r\n')
}

/** Has the browser save rows under a name. */
export function saveCsv(name: string, rows: readonly (readonly Cell[])[]): void {
  // With a byte order mark, without which some spreadsheets do not read UTF-8.
  saveFile(`${name}.csv`, 'text/csv', `\uFEFF${csv(rows)}`)
}

function cellText(cell: Cell): string {
  if (typeof cell === 'number') return String(cell)
  const text = String(cell ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
