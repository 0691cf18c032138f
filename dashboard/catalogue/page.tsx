import { Button } from '@cloudflare/kumo/components/button'
import { ClipboardText } from '@cloudflare/kumo/components/clipboard-text'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type Catalogue, catalogueQuery } from '../api/catalogue.ts'
import { Broken } from '../parts/broken.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { saveFile } from '../parts/save-file.ts'
import { Waiting } from '../parts/waiting.tsx'
import { useMay, useSession } from '../shell/session-context.ts'
import { fileText } from './document.ts'
import { Import } from './import.tsx'

/** The whole catalogue as a file: to keep, to compare, to carry into another environment. */
export function CataloguePage() {
  const catalogue = useQuery(catalogueQuery)
  const mayEdit = useMay('catalogue')
  return (
    <>
      <PageHead
        title="Catalogue as a file"
        detail={
          <>
            <Link to="/plans" className="underline">
              Plans
            </Link>
            ,{' '}
            <Link to="/features" className="underline">
              features
            </Link>{' '}
            and the default plan as one JSON document; no customers, no keys.
          </>
        }
      />
      {catalogue.isError ? (
        <Broken error={catalogue.error} reset={() => void catalogue.refetch()} />
      ) : catalogue.isPending ? (
        <Waiting />
      ) : (
        <>
          <Export catalogue={catalogue.data} />
          <h2 className="mt-8 mb-2 text-lg font-semibold">Apply a file</h2>
          {mayEdit ? (
            <Import catalogue={catalogue.data} />
          ) : (
            <p>Files are applied by whoever looks after the catalogue.</p>
          )}
        </>
      )}
    </>
  )
}

function Export({ catalogue }: { readonly catalogue: Catalogue }) {
  const { environment } = useSession()
  const { features, plans } = catalogue
  const name = `catalogue-${environment}-${catalogue.revision}.json`
  return (
    <section className="flex flex-col items-start gap-3">
      <h2 className="text-lg font-semibold">Save as a file</h2>
      <p>
        {features.length} features and {plans.length} plans, archived ones included.
      </p>
      <Button onClick={() => saveFile(name, 'application/json', fileText(catalogue))}>
        Save as JSON
      </Button>
      <div className="w-full max-w-3xl overflow-x-auto p-1">
        <ClipboardText
          text={`curl ${location.origin}/v1/catalogue -H "Authorization: Bearer $KEY"`}
        />
      </div>
    </section>
  )
}
