import { PageHead } from '../parts/page-head.tsx'

export function FeaturesPage() {
  return <PageHead title="Features" />
}
