/**
 * The secrets that a setting holds: one, or during a rotation several, with blanks or line breaks between and around
 * them, as a pasted text may have.
 */
export function secretsIn(text = ''): readonly string[] {
  return text.split(/\s+/).filter((each) => each !== '')
}
