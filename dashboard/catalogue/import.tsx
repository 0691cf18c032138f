import { Banner } from '@cloudflare/kumo/components/banner'
import { Button } from '@cloudflare/kumo/components/button'
import { Checkbox } from '@cloudflare/kumo/components/checkbox'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import {
  applyCatalogue,
  type Applying,
  type Catalogue,
  type CataloguePreview,
  catalogueQuery,
  tryCatalogue,
} from '../api/catalogue.ts'
import { Problem } from '../api/request.ts'
import { useChange } from '../parts/change.ts'
import { Waiting } from '../parts/waiting.tsx'
import { counted, Impact } from '../plans/impact.tsx'
import { Changes } from './changes.tsx'
import { type FileRead, readFile } from './document.ts'
import { Faults } from './faults.tsx'

/** A file that somebody chose; each choice has a number of its own. */
interface Chosen {
  readonly number: number
  readonly name: string
  readonly read: FileRead
}

/** Applies a file, after a look at what it changes and whom that reaches. */
export function Import({ catalogue }: { readonly catalogue: Catalogue }) {
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [prune, setPrune] = useState(false)
  const choose = async (file: File | undefined) => {
    if (file === undefined) return
    const read = await readFile(file)
    setChosen((before) => ({ number: (before?.number ?? 0) + 1, name: file.name, read }))
  }
  return (
    <div className="flex max-w-4xl flex-col items-start gap-4">
      <FileField onChoose={choose} />
      <Checkbox
        label="Archive what the file leaves out"
        checked={prune}
        onCheckedChange={(checked: boolean) => setPrune(checked)}
      />
      {chosen === null ? (
        <p className="text-kumo-subtle">Nothing changes before you have seen what would.</p>
      ) : chosen.read.ok ? (
        <Tried
          key={chosen.number}
          name={chosen.name}
          number={chosen.number}
          applying={{ document: chosen.read.document, prune }}
          catalogue={catalogue}
        />
      ) : (
        <p role="alert" className="break-words text-kumo-danger">
          <bdi>{chosen.name}</bdi> cannot be read. {chosen.read.because}
        </p>
      )}
    </div>
  )
}

function FileField(props: { readonly onChoose: (file: File | undefined) => Promise<void> }) {
  const id = useId()
  return (
    <div className="flex max-w-full flex-col gap-2">
      <label htmlFor={id} className="text-base font-medium text-kumo-default">
        A file of JSON, as it is saved here
      </label>
      <input
        id={id}
        type="file"
        accept=".json,application/json"
        className="max-w-full rounded-lg bg-kumo-base p-2 text-kumo-default ring ring-kumo-line"
        onChange={({ target }) => {
          void props.onChoose(target.files?.[0])
          // So that the same file can be chosen again once it has been mended.
          target.value = ''
        }}
      />
    </div>
  )
}

/** What the service says the document would do, and the button that does it. */
function Tried(props: {
  readonly name: string
  readonly number: number
  readonly applying: Applying
  readonly catalogue: Catalogue
}) {
  const { name, number, applying, catalogue } = props
  const { document, prune } = applying
  const preview = useQuery({
    // Below the catalogue's own key: whoever changes the catalogue has it looked at anew.
    queryKey: [...catalogueQuery.queryKey, 'tried', number, prune],
    queryFn: () => tryCatalogue(applying),
    gcTime: 0,
  })
  if (preview.isPending) return <Waiting lines={4} />
  if (preview.isError) return <Faults error={preview.error} document={document} />
  return (
    <section aria-labelledby="review" className="flex w-full flex-col gap-4">
      <h3 id="review" className="font-semibold break-words">
        What <bdi>{name}</bdi> would do
      </h3>
      <Behind document={document} catalogue={catalogue} />
      {preview.data.changes.length === 0 ? (
        <p>Nothing: the catalogue says all of this already.</p>
      ) : (
        <>
          <Changes changes={preview.data.changes} before={catalogue} document={document} />
          <Impact preview={preview.data} />
          <Apply applying={applying} preview={preview.data} isLooking={preview.isFetching} />
        </>
      )}
    </section>
  )
}

/** A file tells which catalogue it was saved from; whatever has come since is set back by it. */
function Behind({ document, catalogue }: Pick<Applying, 'document'> & { catalogue: Catalogue }) {
  const { revision } = document
  if (revision === undefined || revision === catalogue.revision) return null
  return (
    <Banner variant="alert">
      The file was saved from another state of the catalogue, or in another environment. Where the
      two differ, the file wins: look for changes that you do not know.
    </Banner>
  )
}

function Apply(props: {
  readonly applying: Applying
  readonly preview: CataloguePreview
  readonly isLooking: boolean
}) {
  const { applying, preview, isLooking } = props
  const { changes, revision } = preview
  const saving = useChange({
    send: () => applyCatalogue(applying, revision),
    // Whoever holds a plan has something else now, too.
    touches: [[]],
    isQuiet: true,
    done: () => 'The file is applied',
  })
  return (
    <div className="flex flex-col items-start gap-3">
      {saving.isError ? (
        isConflict(saving.error) ? (
          <div role="alert">
            <Banner variant="error">
              Somebody else has changed the catalogue meanwhile. Nothing was applied; above is what
              the file would do now.
            </Banner>
          </div>
        ) : (
          <Faults error={saving.error} document={applying.document} />
        )
      ) : null}
      <Button
        variant="primary"
        loading={saving.isPending}
        disabled={isLooking}
        onClick={() => saving.mutate()}
      >
        {`Apply ${counted(changes.length, 'change')}`}
      </Button>
    </div>
  )
}

function isConflict(error: Error): boolean {
  return error instanceof Problem && error.code === 'revision_mismatch'
}
