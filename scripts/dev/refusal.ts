/** Why a command does not do what it was asked: said to its user in full, without a stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** Runs a command's main part; a refusal ends the process with its message and code 1. */
export async function command(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error)
    process.exit(1)
  }
}
