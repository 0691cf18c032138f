import { Link } from '@tanstack/react-router'
import type { CataloguePreview } from '../api/catalogue.ts'

/** Whom an edit of the catalogue reaches, and what they gain and lose. */
export function Impact({ preview }: { readonly preview: CataloguePreview }) {
  const { plans, customers, gains, losses, overLimit, exact } = preview
  return (
    <div className="flex flex-col gap-3">
      <p className="break-words">
        {plans.length === 0
          ? 'No plan would give anything else than now.'
          : `${counted(plans.length, 'plan')} would change: ${plans.join(', ')}.`}
      </p>
      <dl className="grid max-w-xl grid-cols-[1fr_auto] gap-x-4 gap-y-1">
        <Count label="Customers who hold them" count={customers} />
        <Count label="Gains: somebody has more of a feature" count={gains} />
        <Count label="Losses: somebody has less of a feature" count={losses} />
        <Count label="Over a limit afterwards, and not before" count={overLimit} />
      </dl>
      {exact ? null : <p className="text-kumo-subtle">Some of it was counted by summaries.</p>}
      <Features preview={preview} />
      <Examples preview={preview} />
    </div>
  )
}

/** The same by feature, where there is more than one to tell apart. */
function Features({ preview: { features } }: { readonly preview: CataloguePreview }) {
  if (features.length < 2) return null
  return (
    <details>
      <summary>By feature</summary>
      <ul className="max-h-48 overflow-auto" tabIndex={0}>
        {features.map(({ featureId, gains, losses, overLimit }) => (
          <li key={featureId}>
            <code>{featureId}</code>: {gains} have more, {losses} have less, {overLimit} would be
            over the limit
          </li>
        ))}
      </ul>
    </details>
  )
}

function Examples({ preview: { examples } }: { readonly preview: CataloguePreview }) {
  if (examples.length === 0) return null
  return (
    <section>
      <h3 className="font-semibold">For example</h3>
      <ul aria-label="Examples" className="max-h-48 overflow-auto">
        {examples.map(({ customerId, gains, losses, overLimit }) => (
          <li key={customerId} className="break-words">
            <Link to="/customers/$customerId" params={{ customerId }} className="underline">
              <bdi>{customerId}</bdi>
            </Link>{' '}
            {[
              said('would be over the limit of', overLimit),
              said('has less of', losses),
              said('has more of', gains),
            ]
              .flat()
              .join('; ')}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Count({ label, count }: { readonly label: string; readonly count: number }) {
  return (
    <>
      <dt>{label}</dt>
      <dd className="text-right font-semibold tabular-nums">{count.toLocaleString('en')}</dd>
    </>
  )
}

function said(words: string, featureIds: readonly string[]): readonly string[] {
  return featureIds.length === 0 ? [] : [`${words} ${featureIds.join(', ')}`]
}

/** A number of things, in words. */
export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`
}
