import { Badge } from '@cloudflare/kumo/components/badge'
import { Meter } from '@cloudflare/kumo/components/meter'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { catalogueQuery } from '../api/catalogue.ts'
import type { NearLimit, OverviewAnswer } from '../api/overview.ts'
import { barOf } from '../customers/reading.tsx'
import { counted } from '../parts/words.ts'
import { Card, CustomerLink, Listed, shownOf } from './card.tsx'

/** Meters of which little is left. From summaries, which may be a minute old. */
export function NearLimits({ near }: { readonly near: OverviewAnswer['nearLimits'] }) {
  const catalogue = useQuery(catalogueQuery)
  const names = new Map(catalogue.data?.features.map(({ id, name }) => [id, name]))
  return (
    <Card title="Near or over a limit">
      <Listed
        empty="Nobody has used 80 % of a limit."
        rows={near.data.map((each) => (
          <Near
            key={`${each.customerId} ${each.featureId}`}
            near={each}
            feature={names.get(each.featureId) ?? each.featureId}
          />
        ))}
        more={
          <>
            {shownOf(near.data.length, near.count)}
            <Link to="/customers" search={{ overLimit: 'true' }} className="underline">
              All customers over a limit
            </Link>
          </>
        }
      />
    </Card>
  )
}

function Near({ near, feature }: { readonly near: NearLimit; readonly feature: string }) {
  const { customerId, name, used, limit, over } = near
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <div className="min-w-0 flex-1 basis-48 break-words">
        <CustomerLink customerId={customerId} name={name} />
        {over ? (
          <Badge variant="error" className="ml-2">
            over
          </Badge>
        ) : null}
        <div className="text-sm text-kumo-subtle">
          <bdi>{feature}</bdi>
        </div>
      </div>
      <div className="w-56">
        <Meter
          label="Used"
          aria-label={`${name ?? customerId}, ${feature}: used`}
          value={Math.min(used, limit)}
          max={Math.max(limit, 1)}
          customValue={`${counted(used)} of ${counted(limit)}`}
          {...barOf(used, limit)}
        />
      </div>
    </li>
  )
}
