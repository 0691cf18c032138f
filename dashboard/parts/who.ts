import type { Actor } from '../api/settings.ts'

/** Whoever did something, as people call them: a person by their address, a key by its name. */
export function whoText({ kind, id, name }: Actor): string {
  return kind === 'person' ? id : `${kind} ${name ?? id}`
}
