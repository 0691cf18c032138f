/** What was measured, as Markdown. */
import { availableParallelism, loadavg } from 'node:os'
import type { Asked } from './ask.ts'
import type { Looked } from './look.ts'

export function report(asked: readonly Asked[], { opened, done }: Looked): string {
  return [
    `On ${availableParallelism()} cores with a load of ${tenths(loadavg()[0] ?? 0)}:`,
    table(
      ['Asked of the API', 'first, ms', 'then, ms', 'KB'],
      asked.map(({ what, firstMs, thenMs, bytes }) => [
        what,
        ...[firstMs, thenMs].map(tenths),
        tenths(bytes / 1024),
      ]),
    ),
    table(
      [
        'Opened in a browser',
        'cold: painted, ms',
        'cold: readable, ms',
        'warm: painted, ms',
        'warm: readable, ms',
      ],
      opened.map(({ what, cold, warm }) => [
        what,
        ...[cold.paintMs, cold.contentMs, warm.paintMs, warm.contentMs].map(whole),
      ]),
    ),
    table(
      ['Done there', 'ms'],
      done.map(({ what, ms }) => [what, whole(ms)]),
    ),
  ].join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function tenths(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 })
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
