import { Button } from '@cloudflare/kumo/components/button'
import { DropdownMenu } from '@cloudflare/kumo/components/dropdown'
import { UserCircleIcon } from '@phosphor-icons/react'
import { useState } from 'react'
import { forgetAll } from '../api/query-client.ts'
import { signOut } from '../api/session.ts'
import { useChange } from '../parts/change.ts'
import { useSession } from './session-context.ts'
import { chooseTheme, currentTheme, THEMES, type Theme } from './theme.ts'

/** Who is signed in, in which colours, and the way out. It comes when it is asked for, and is open then. */
export function Account() {
  const session = useSession()
  const [theme, setTheme] = useState(currentTheme)
  const leaving = useChange({ send: () => signOut(session), touches: [], onDone: forgetAll })
  const choose = (chosen: Theme) => {
    chooseTheme(chosen)
    setTheme(chosen)
  }
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenu.Trigger
        render={
          <Button shape="square" variant="ghost" icon={UserCircleIcon} aria-label="Account" />
        }
      />
      <DropdownMenu.Content>
        <DropdownMenu.Group>
          <DropdownMenu.Label>
            {session.name} · {session.role}
          </DropdownMenu.Label>
          {THEMES.map((each) => (
            <DropdownMenu.Item key={each} onClick={() => choose(each)} selected={each === theme}>
              {THEME_NAMES[each]}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Group>
        <DropdownMenu.Separator />
        <DropdownMenu.Item onClick={() => leaving.mutate()}>Sign out</DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu>
  )
}

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'Colours as the system has them',
  light: 'Light',
  dark: 'Dark',
}
