import { PageHead } from '../parts/page-head.tsx'

export function FeaturePage() {
  return <PageHead title="Feature" />
}
