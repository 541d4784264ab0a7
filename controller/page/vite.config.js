import { defineConfig } from 'vite';

// Where a running controller is, for `npm run dev`.
const controller = process.env.SANDGATE_URL ?? 'http://127.0.0.1:8083';

export default defineConfig({
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	// No inline anything: the page's policy forbids it. Nothing but modules: no polyfill for those.
	build: { license: { fileName: 'licenses.md' }, assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2022' },
	server: { proxy: { '/api': controller, '/version': controller } },
});
