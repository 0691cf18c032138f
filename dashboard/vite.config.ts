import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Static files under `/dashboard/`, beside the API that they call. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/dashboard/',
  publicDir: 'assets',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../public/dashboard',
    emptyOutDir: true,
    // Inlined files would be `data:` URLs, which the page's policy has no use for.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
