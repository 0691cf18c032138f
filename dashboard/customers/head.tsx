import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { InlineCopyText } from '@cloudflare/kumo/components/inline-copy-text'
import { type ComponentType, lazy, Suspense, useState } from 'react'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import { PageHead } from '../parts/page-head.tsx'
import { exact, When } from '../parts/when.tsx'
import { useMay } from '../shell/session-context.ts'

/** What a dialog about a customer is given. */
export interface About {
  readonly customer: CustomerAnswer
  readonly onClose: () => void
}

const DIALOGS: Readonly<Record<Asked, ComponentType<About>>> = {
  edit: lazy(async () => ({ default: (await import('./edit.tsx')).EditDialog })),
  archive: lazy(async () => ({ default: (await import('./archive.tsx')).ArchiveDialog })),
  token: lazy(async () => ({ default: (await import('./token.tsx')).TokenDialog })),
  portal: lazy(async () => ({ default: (await import('./portal.tsx')).PortalDialog })),
}

type Asked = 'edit' | 'archive' | 'token' | 'portal'

/** Who a customer is, and what can be done with it as a whole. */
export function CustomerHead({ customer }: { readonly customer: CustomerAnswer }) {
  const [asked, setAsked] = useState<Asked | null>(null)
  const Asking = asked === null ? null : DIALOGS[asked]
  return (
    <>
      <PageHead
        title={customer.name ?? customer.id}
        detail={<Particulars customer={customer} />}
        actions={<Actions customer={customer} onAsk={setAsked} />}
      />
      <Suspense>
        {Asking === null ? null : <Asking customer={customer} onClose={() => setAsked(null)} />}
      </Suspense>
    </>
  )
}

function Particulars({ customer }: { readonly customer: CustomerAnswer }) {
  const { id, email, graceDays, createdAt, clockAt, archivedAt } = customer
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <InlineCopyText
        className="max-w-full text-left break-all"
        labels={{ copyAction: `Copy the id ${id}` }}
      >
        {id}
      </InlineCopyText>
      {email === null ? null : <span className="break-all">{email}</span>}
      <span>
        since <When at={createdAt} />
      </span>
      {graceDays === null ? null : <span>{graceDays} days of grace</span>}
      {clockAt === undefined ? null : <Badge variant="warning">Test clock: {exact(clockAt)}</Badge>}
      {archivedAt === null ? null : <Badge variant="error">Archived {exact(archivedAt)}</Badge>}
    </div>
  )
}

function Actions(props: {
  readonly customer: CustomerAnswer
  readonly onAsk: (asked: Asked) => void
}) {
  const { customer, onAsk } = props
  const mayChange = useMay('customers')
  const isArchived = customer.archivedAt !== null
  const reason = mayChange
    ? isArchived
      ? 'The customer is archived.'
      : undefined
    : 'Your role may not change customers.'
  const attributes = reason === undefined ? {} : { disabled: true, title: reason }
  return (
    <>
      <Button {...attributes} onClick={() => onAsk('edit')}>
        Edit
      </Button>
      <Button {...attributes} onClick={() => onAsk('token')}>
        Browser token
      </Button>
      <Button {...attributes} onClick={() => onAsk('portal')}>
        Portal link
      </Button>
      <Button {...attributes} variant="secondary-destructive" onClick={() => onAsk('archive')}>
        Archive
      </Button>
    </>
  )
}
