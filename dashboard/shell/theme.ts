/** Light, dark, or whatever the system says. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'sluice-theme'
export const THEMES: readonly Theme[] = ['system', 'light', 'dark']

export function currentTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return THEMES.find((theme) => theme === stored) ?? 'system'
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme)
  applyTheme()
}

/** The kit colours by `data-mode`, which follows the system where nothing was chosen. */
export function applyTheme(): void {
  const theme = currentTheme()
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.onchange = applyTheme
  document.documentElement.dataset['mode'] =
    theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
}
