/** Rows as a file for spreadsheets (RFC 4180). */
import { saveFile } from './save-file.ts'

type Cell = string | number | boolean | null | undefined

/**
 * The text of a CSV file. What a spreadsheet would take for a formula gets an apostrophe in front, which spreadsheets
 * show as text (OWASP, “CSV Injection”); also behind what another spreadsheet takes for the end of a cell.
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
  const safe = text.replaceAll(FORMULA, `$1'$2`)
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The signs that begin a formula, in both widths, where a cell may begin. */
const FORMULA = /(^|[;\t\r\n])(\s*[=+\-@＝＋－＠]|[\t\r])/g
