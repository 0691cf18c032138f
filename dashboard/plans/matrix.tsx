import { PageHead } from '../parts/page-head.tsx'

export function PlansPage() {
  return <PageHead title="Plans" />
}
