import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // In development the page is Vite's, and its tokens are still the server's.
  server: { proxy: { '/sluice-token': 'http://localhost:3000' } },
})
