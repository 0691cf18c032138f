/** The one client of this server. */
import { Sluice } from '@sluice/sdk'

export const sluice = new Sluice({
  url: process.env['SLUICE_URL'] ?? 'http://localhost:8787',
  key: process.env['SLUICE_KEY'] ?? '',
})
