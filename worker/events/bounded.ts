/** Bounds of what one event says: whoever receives events counts on it. */

/** So many ids an event names; how many there are it says in any case. */
const IDS_MAX = 100

/** What an event says of a list of ids: the first of them under the name, and how many there are. */
export function listed(name: 'featureIds' | 'planIds', ids: readonly string[]): object {
  const counted = name === 'featureIds' ? 'featureCount' : 'planCount'
  return { [name]: ids.slice(0, IDS_MAX), [counted]: ids.length }
}
