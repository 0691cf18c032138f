import { defineConfig } from 'tsdown'

/** One entry for each subpath of the package; what they share is shared on disk too. */
export default defineConfig({
  entry: [
    'index.ts',
    'testing.ts',
    'local.ts',
    'command.ts',
    'manage.ts',
    'react.tsx',
    'react-server.ts',
    'middleware.ts',
    'hono.ts',
    'openfeature.ts',
    'live.ts',
  ],
  format: 'esm',
  platform: 'neutral',
  // The command is for Node; everything else runs anywhere.
  deps: { neverBundle: [/^node:/] },
  target: 'es2022',
  dts: { oxc: true },
  // `use client` is kept where it stands; rolldown says that it might not be.
  checks: { moduleLevelDirective: false },
  minify: false,
  clean: true,
  fixedExtension: false,
  outDir: 'dist',
})
