import { err, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'

/** One field that has the right form but not a value that makes sense here. */
export function invalidValue(pointer: string, expected: string): Failure {
  return { code: 'invalid_request', errors: [{ pointer, code: 'invalid_value', expected }] }
}

/** The same as a result. */
export function invalid(pointer: string, expected: string): Result<never, Failure> {
  return err(invalidValue(pointer, expected))
}

/** A failure as the whole knows it that holds the part which failed. */
export function below(pointer: string, failure: Failure): Failure {
  if (failure.code === 'invalid_request') {
    const errors = failure.errors.map((each) => ({ ...each, pointer: pointer + each.pointer }))
    return { ...failure, errors }
  }
  return 'pointer' in failure ? { ...failure, pointer: pointer + failure.pointer } : failure
}
