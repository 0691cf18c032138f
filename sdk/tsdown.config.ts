import { defineConfig } from 'tsdown'

/** One entry for each subpath of the package; what they share is shared on disk too. */
export default defineConfig({
  entry: ['index.ts'],
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  dts: { oxc: true },
  minify: false,
  clean: true,
  fixedExtension: false,
  outDir: 'dist',
})
