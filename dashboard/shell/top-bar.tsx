import { Button } from '@cloudflare/kumo/components/button'
import { MagnifyingGlassIcon, UserCircleIcon } from '@phosphor-icons/react'
import { lazy, Suspense, useState } from 'react'
import { EnvironmentMark } from './environment-mark.tsx'
import { SHORTCUT, useShortcut } from './shortcut.ts'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))
const Account = lazy(async () => ({ default: (await import('./account.tsx')).Account }))

/** Above every page. */
export function TopBar() {
  const [isSearching, setSearching] = useState(false)
  const [isAccountWanted, setAccountWanted] = useState(false)
  useShortcut(() => setSearching(true))
  return (
    <header className="sticky top-0 z-30 flex items-center gap-3 border-b border-kumo-hairline bg-kumo-base px-4 py-2">
      <img src="/dashboard/icon.svg" alt="" width="24" height="24" />
      <span className="font-semibold">Sluice</span>
      <EnvironmentMark />
      <span className="flex-1" />
      <Button icon={MagnifyingGlassIcon} onClick={() => setSearching(true)}>
        Search <kbd className="ml-2 hidden text-kumo-subtle sm:inline">{SHORTCUT}</kbd>
      </Button>
      {isAccountWanted ? (
        <Suspense fallback={<AccountButton />}>
          <Account />
        </Suspense>
      ) : (
        <AccountButton onClick={() => setAccountWanted(true)} />
      )}
      <Suspense>{isSearching ? <Palette open onOpenChange={setSearching} /> : null}</Suspense>
    </header>
  )
}

/** Stands for the menu until somebody opens it. */
function AccountButton({ onClick }: { readonly onClick?: () => void }) {
  return (
    <Button
      shape="square"
      variant="ghost"
      icon={UserCircleIcon}
      aria-label="Account"
      aria-haspopup="menu"
      {...(onClick !== undefined && { onClick })}
    />
  )
}
