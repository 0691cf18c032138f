import { type Icon, LightningIcon, LinkIcon, ScissorsIcon } from '@phosphor-icons/react'
import { isolated } from '../parts/words.ts'
import type { Given } from './resolve.ts'

/** Says in a sign and in words where a value comes from. */
export function MarkOf({ given }: { readonly given: Given }) {
  switch (given.mark) {
    case 'own':
      return null
    case 'inherited':
      return <Sign icon={LinkIcon} words="inherited from" name={given.from.name} />
    case 'overridden':
      return <Sign icon={LightningIcon} words="overridden here" />
    case 'removed':
      return <Sign icon={ScissorsIcon} words="removed by" name={given.from.name} />
  }
}

function Sign(props: { readonly icon: Icon; readonly words: string; readonly name?: string }) {
  const { icon: Picture, words, name } = props
  return (
    <span
      title={name === undefined ? words : `${words} ${isolated(name)}`}
      className="ml-1.5 inline-block shrink-0 self-center align-text-bottom text-kumo-subtle"
    >
      <Picture aria-hidden />
      <span className="sr-only">
        {' '}
        ({words}
        {name === undefined ? null : (
          <>
            {' '}
            <bdi>{name}</bdi>
          </>
        )}
        )
      </span>
    </span>
  )
}
