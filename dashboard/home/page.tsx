import { useQuery } from '@tanstack/react-query'
import { overviewQuery } from '../api/overview.ts'
import { Broken } from '../parts/broken.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { Changes } from './changes.tsx'
import { Endings } from './endings.tsx'
import { Health } from './health.tsx'
import { NearLimits } from './near-limits.tsx'
import { Statistics } from './statistics.tsx'

/** What somebody should look at today. */
export function HomePage() {
  return (
    <>
      <PageHead title="Home" />
      <Statistics />
      <div className="gap-4 *:mb-4 *:break-inside-avoid lg:columns-2">
        <Attention />
        <Changes />
      </div>
    </>
  )
}

/** All of it is as of one instant, from one request. */
function Attention() {
  const overview = useQuery(overviewQuery)
  if (overview.data === undefined) {
    return overview.isError ? (
      <Broken error={overview.error} reset={() => void overview.refetch()} />
    ) : (
      <Waiting />
    )
  }
  const { nearLimits, pastDue, trials } = overview.data
  return (
    <>
      <NearLimits near={nearLimits} />
      <Endings
        title="Unpaid, in grace"
        empty="Everybody has paid."
        what="access ends"
        status="past_due"
        endings={pastDue}
      />
      <Endings
        title="Trials, the next to end first"
        empty="Nobody is on trial."
        what="the trial ends"
        status="trialing"
        endings={trials}
      />
      <Health overview={overview.data} />
    </>
  )
}
