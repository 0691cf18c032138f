/**
 * How pages look: light or dark as the reader's system is, from 320 px on, every text with a contrast of at least 4.5.
 *
 * Beside plain elements: `.card` (a section), `.facts` (a `<dl>`), `.gives` and `.meters` (a `<ul>`), `.bar` (a `<meter>` or `<progress>`),
 * `.note` with `.good`, `.bad` or `.warn`, `.price`, `.soft`, and `.buttons` with `.button`, also `.main` or `.danger`.
 */
export const SHELL_STYLE = `
:root {
  --paper: #f6f7f8; --card: #fff; --ink: #14202b; --soft: #52616f; --line: #dde3e8;
  --accent: #0b7285; --accent-ink: #fff; --wash: #e6f3f5;
  --good: #146c43; --good-wash: #e3f4ea; --bad: #a3312b; --bad-wash: #fbeae8; --warn: #7a4d00; --warn-wash: #fdf1d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0e151b; --card: #162029; --ink: #e8eef3; --soft: #a3b2bf; --line: #2a3843;
    --accent: #5cc8db; --accent-ink: #06222a; --wash: #14323a;
    --good: #7fd8a4; --good-wash: #14301f; --bad: #ff9d94; --bad-wash: #3a1b19; --warn: #f3c969; --warn-wash: #352a10;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
header, main { max-width: 40rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; align-items: center; gap: 0.6rem; padding-top: 1.25rem; }
header svg { width: 1.75rem; height: 1.75rem; }
.name { flex: 1; font-weight: 650; }
.tag { padding: 0.1rem 0.65rem; border-radius: 99px; background: var(--warn-wash); color: var(--warn); font-size: 0.8125rem; font-weight: 600; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; padding-bottom: 3rem; }
h1 { margin: 1.25rem 0 0; font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { margin: 0 0 0.6rem; font-size: 1.0625rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: 0 0 0.6rem; }
.card > :last-child, .note > :last-child { margin-bottom: 0; }
a { color: var(--accent); }
code { font: 0.875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem; }
.soft { color: var(--soft); font-size: 0.875rem; }
.price { font-size: 1.75rem; font-weight: 700; line-height: 1.2; }
.price small { color: var(--soft); font-size: 0.9375rem; font-weight: 400; }
.facts { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: 0.4rem 1rem; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; }
.gives { display: grid; gap: 0.6rem; margin: 0; padding: 0; list-style: none; }
.gives li { padding-left: 1.6rem; position: relative; }
.gives li::before {
  content: ''; position: absolute; left: 0.3rem; top: 0.42em; width: 0.35rem; height: 0.65rem;
  border: solid var(--good); border-width: 0 2px 2px 0; transform: rotate(45deg);
}
.meters { display: grid; gap: 1.25rem; margin: 0; padding: 0; list-style: none; }
.meters p { margin: 0; }
.bar { display: block; width: 100%; height: 0.75rem; margin: 0.35rem 0 0.25rem; accent-color: var(--accent); }
.note { padding: 0.7rem 0.9rem; border-radius: 10px; background: var(--wash); }
.note.good { background: var(--good-wash); color: var(--good); }
.note.bad { background: var(--bad-wash); color: var(--bad); }
.note.warn { background: var(--warn-wash); color: var(--warn); }
.buttons { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0; }
.buttons > * { flex: 1 1 14rem; }
form + p, .note + form, .note + .buttons { margin-top: 0.75rem; }
.facts + .buttons { margin-top: 1rem; }
.button {
  display: block; width: 100%; min-height: 2.75rem; padding: 0.6rem 1rem; border: 1px solid var(--accent); border-radius: 9px;
  background: transparent; color: var(--accent); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
.button.main { background: var(--accent); color: var(--accent-ink); }
.button.danger { border-color: var(--bad); color: var(--bad); }
.button:hover { box-shadow: 0 0 0 2px var(--wash); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 26rem) {
  .card { padding: 0.9rem; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: 0.5rem; }
}
`
