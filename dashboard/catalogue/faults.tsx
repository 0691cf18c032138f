import type { CatalogueInput } from '../api/catalogue.ts'
import { Problem } from '../api/request.ts'

/** How many are shown; who mends them tries again. */
const MOST = 50

/** What the service finds wrong with a document, item by item. */
export function Faults(props: { readonly error: Error; readonly document: CatalogueInput }) {
  const { error, document } = props
  const fields = error instanceof Problem ? error.fields : []
  // Of fields alone the message tells no more than the list.
  const isOfFields = error instanceof Problem && error.code === 'invalid_request'
  const said = isOfFields ? 'Something in the file is not valid.' : error.message
  return (
    <div role="alert" className="flex flex-col gap-2">
      <p className="font-semibold text-kumo-danger">{said} Nothing was changed.</p>
      {fields.length === 0 ? null : (
        <ul aria-label="What is wrong" className="list-disc pl-5">
          {fields.slice(0, MOST).map(({ pointer, expected }) => (
            <li key={`${pointer} ${expected}`} className="break-words">
              <code>{placeOf(pointer, document)}</code> – expected {expected}
            </li>
          ))}
          {fields.length > MOST ? <li>and {fields.length - MOST} more</li> : null}
        </ul>
      )}
    </div>
  )
}

/** `/plans/3/prices/0` as `plan pro: prices/0`, because nobody counts the items of a file. */
function placeOf(pointer: string, { features, plans }: CatalogueInput): string {
  const [, list, index = '', ...rest] = pointer.split('/')
  const items = list === 'features' ? features : list === 'plans' ? plans : null
  if (items === null || index === '') return pointer === '' ? 'the document' : pointer.slice(1)
  const id: unknown = Object(items[Number(index)]).id
  const name = typeof id === 'string' ? id : `number ${Number(index) + 1}`
  return `${list === 'features' ? 'feature' : 'plan'} ${name}: ${rest.join('/')}`
}
