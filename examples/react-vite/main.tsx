import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')

/** Who is signed in, as the page's server says. */
const { customerId } = await (await fetch('/session')).json()
createRoot(root).render(
  <StrictMode>
    <App customerId={customerId} />
  </StrictMode>,
)
