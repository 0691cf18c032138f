import type { Page } from './resources.ts'

/** Every item of a list, page after page: `for await (const each of every((cursor) => customers.list(cursor)))`. */
export async function* every<T>(
  list: (next: { readonly cursor?: string }) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<T> = await list(cursor === undefined ? {} : { cursor })
    yield* page.data
    cursor = page.nextCursor
  }
}
