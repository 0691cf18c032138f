/** What the page's script does: takes over the server's HTML, and says what React had to say of it. */
import { hydrateRoot } from 'react-dom/client'
import { Sluice } from '../../sdk/index.ts'
import { live } from '../../sdk/live.ts'
import { Page, type PageData } from './react-page.tsx'

declare global {
  interface Window {
    /** What React could only recover from: that the HTML is not what the page renders first. */
    readonly recovered: string[]
  }
}

const root = document.getElementById('root')
const said = document.getElementById('data')?.textContent
if (root === null || said === null || said === undefined) throw new Error('This is not the page.')

const { url, customerId, initial, isLive }: PageData = JSON.parse(said)
const token = async () => (await fetch('/token')).text()
const client = new Sluice({ url, token })
const source = isLive ? { live: live({ url, token, customerId }) } : {}
const recovered: string[] = []
Object.assign(window, { recovered })

hydrateRoot(root, <Page client={client} customerId={customerId} initial={initial} {...source} />, {
  onRecoverableError: (error) => recovered.push(String(error)),
})
