import { Button } from '@cloudflare/kumo/components/button'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { catalogueQuery } from '../api/catalogue.ts'
import { customerKey } from '../api/customers.ts'
import { explanationQuery } from '../api/explanation.ts'
import { Broken } from '../parts/broken.tsx'
import { Sought } from '../parts/sought.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { Explained } from './explained.tsx'

const FROM = '/customers/$customerId'

/** Why one customer may or may not use one feature, rule by rule. */
export function Explain({ customerId }: { readonly customerId: string }) {
  const search = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const catalogue = useQuery(catalogueQuery)
  const features = catalogue.data?.features ?? []
  const featureId = search['feature'] ?? features[0]?.id
  const choose = (feature: string | undefined) =>
    void navigate({ search: { ...search, feature }, replace: true })
  if (catalogue.isPending) return <Waiting />
  if (catalogue.isError) {
    return <Broken error={catalogue.error} reset={() => void catalogue.refetch()} />
  }
  if (featureId === undefined) return <p>The catalogue has no feature yet.</p>
  return (
    <>
      <div className="mb-4 max-w-sm">
        <Sought
          label="Feature"
          value={featureId}
          options={optionsOf(features, featureId)}
          onChoose={choose}
        />
      </div>
      <Answer key={featureId} customerId={customerId} featureId={featureId} />
    </>
  )
}

interface Named {
  readonly id: string
  readonly name: string
}

/** The address may name a feature that the catalogue does not have: that is to be explained, too. */
function optionsOf(features: readonly Named[], featureId: string) {
  const options = features.map(({ id, name }) => [id, `${name} (${id})`] as const)
  const isKnown = features.some(({ id }) => id === featureId)
  return isKnown ? options : [...options, [featureId, featureId] as const]
}

function Answer(props: { readonly customerId: string; readonly featureId: string }) {
  const queries = useQueryClient()
  const explanation = useQuery(explanationQuery(props))
  if (explanation.data === undefined) {
    return explanation.isError ? (
      <Broken error={explanation.error} reset={() => void explanation.refetch()} />
    ) : (
      <Waiting />
    )
  }
  return (
    <>
      <Explained explanation={explanation.data} />
      <Button
        className="mt-4"
        loading={explanation.isFetching}
        onClick={() => void queries.invalidateQueries({ queryKey: customerKey(props.customerId) })}
      >
        Ask again
      </Button>
    </>
  )
}
