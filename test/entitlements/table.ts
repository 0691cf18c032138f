/** The rows of a text table: one a line, cells apart by two or more spaces, so that a cell may hold one. */
export function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/ {2,}/))
}
