import { useKumoToastManager } from '@cloudflare/kumo/components/toast'
import {
  type QueryClient,
  type QueryKey,
  useMutation,
  type UseMutationResult,
  useQueryClient,
} from '@tanstack/react-query'
import { useEffect, useRef } from 'react'

/** One kind of change, and what a page shows before, while and after it is sent. */
export interface Change<In, Out> {
  readonly send: (said: In) => Promise<Out>
  /** Everything below these keys is read again, however it ends. */
  readonly touches: readonly QueryKey[]
  /** Shows at once what it will be; returns how to take that back. */
  readonly foresee?: (said: In, queries: QueryClient) => () => void
  /** What is said when it is done; nothing where the page shows it. */
  readonly done?: (answer: Out) => string
  /** Where a dialog shows the refusal itself, as long as it is open. */
  readonly isQuiet?: boolean
  readonly onDone?: (answer: Out) => void
}

/** Sends a change. One that is refused is taken back, and the service's words for it are shown. */
export function useChange<In = void, Out = unknown>(
  change: Change<In, Out>,
): UseMutationResult<Out, Error, In, () => void> {
  const queries = useQueryClient()
  const toasts = useKumoToastManager()
  const isOpen = useIsOpen()
  const { send, touches, foresee, done, isQuiet = false, onDone } = change
  return useMutation<Out, Error, In, () => void>({
    mutationFn: send,
    onMutate: async (said) => {
      // An answer that is on its way knows nothing of this change.
      await Promise.all(touches.map((queryKey) => queries.cancelQueries({ queryKey })))
      return foresee?.(said, queries) ?? nothing
    },
    onError: (problem, _said, takeBack) => {
      takeBack?.()
      if (!isQuiet || !isOpen.current) {
        toasts.add({ title: 'Not done', description: problem.message, variant: 'error' })
      }
    },
    onSuccess: (answer) => {
      const text = done?.(answer)
      if (text !== undefined) toasts.add({ title: text, variant: 'success' })
      onDone?.(answer)
    },
    onSettled: () => {
      for (const queryKey of touches) void queries.invalidateQueries({ queryKey })
    },
  })
}

/** Whether whoever sent the change is still there to show what became of it. */
function useIsOpen() {
  const isOpen = useRef(true)
  useEffect(() => {
    isOpen.current = true
    return () => {
      isOpen.current = false
    }
  }, [])
  return isOpen
}

function nothing(): void {
  // Nothing was shown ahead.
}
