import { PageHead } from '../parts/page-head.tsx'

export function PlanPage() {
  return <PageHead title="Plan" />
}
