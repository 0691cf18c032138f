/** Light, dark, or whatever the system says. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'sluice-theme'
export const THEMES: readonly Theme[] = ['system', 'light', 'dark']

let chosen: Theme | null = null

export function currentTheme(): Theme {
  chosen ??= THEMES.find((theme) => theme === stored()) ?? 'system'
  return chosen
}

export function chooseTheme(theme: Theme): void {
  chosen = theme
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // A browser may refuse to keep anything: then the choice holds until the page is left.
  }
  applyTheme()
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

/** The kit colours by `data-mode`, which follows the system where nothing was chosen. */
export function applyTheme(): void {
  const theme = currentTheme()
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.onchange = applyTheme
  document.documentElement.dataset['mode'] =
    theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
}
