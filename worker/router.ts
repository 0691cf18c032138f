/**
 * Finds the handler of a path. One without parameters is looked up, for walking a tree to it takes as long as deciding a
 * check; every other is found by Hono's tree.
 */
import type { Result, Router } from 'hono/router'
import { TrieRouter } from 'hono/router/trie-router'

export class LookUpFirst<T> implements Router<T> {
  readonly name = 'LookUpFirst'
  /** By path, then by method. */
  readonly #fixed = new Map<string, Map<string, Result<T>>>()
  readonly #tree = new TrieRouter<T>()

  /** At most one handler a method and path. */
  add(method: string, path: string, handler: T): void {
    this.#tree.add(method, path, handler)
    if (/[:*]/.test(path)) return
    const methods = this.#fixed.get(path) ?? new Map<string, Result<T>>()
    this.#fixed.set(path, methods.set(method, [[[handler, {}]]]))
  }

  match(method: string, path: string): Result<T> {
    const fixed = this.#fixed.get(path)?.get(method)
    if (fixed !== undefined) return fixed
    // To the tree a slash at the end is nothing; to us it is another path, and no route ends with one.
    return path.endsWith('/') ? [[]] : this.#tree.match(method, path)
  }
}
