/** Whom the page asks, and as whom: its customer, by a token that reaches nobody else. */
import { Sluice } from '@sluice/sdk'
import { live } from '@sluice/sdk/live'
import { createSluiceReact } from '@sluice/sdk/react'

/** The features that this page knows; `npx @sluice/sdk features` writes those of your catalogue. */
export type FeatureId = 'sso' | 'api-calls'

const url: string = import.meta.env['VITE_SLUICE_URL'] ?? 'http://localhost:8787'

/** The server of this page knows who is signed in. Called when a token is needed, and before it expires. */
const token = async () => (await fetch('/sluice-token', { method: 'POST' })).json()

export const client = new Sluice<FeatureId>({ url, token })
/** A socket, open while something on the page listens. */
export const source = live({ url, token })

export const { SluiceProvider, Gate, useConsume, useEntitlement, useEntitlements } =
  createSluiceReact<FeatureId>()
