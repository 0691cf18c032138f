/** Does something at once, and however often it is asked for, no sooner again than a while later. */
export function steadily(
  run: () => void,
  everyMs: number,
): { readonly ask: () => void; readonly stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsked = false
  const start = (): void => {
    isAsked = false
    run()
    timer = setTimeout(() => {
      timer = undefined
      if (isAsked) start()
    }, everyMs)
  }
  return {
    ask: () => {
      if (timer === undefined) start()
      else isAsked = true
    },
    stop: () => clearTimeout(timer),
  }
}
