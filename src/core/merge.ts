/**
 * JSON merge patch (RFC 7396) for one member that is an object: members that the patch names are replaced, null takes
 * one away, the others stay.
 */
export function mergePatch<Value extends object>(
  target: Value,
  patch: { readonly [Key in keyof Value]?: Value[Key] | null | undefined },
): Value {
  const merged = Object.entries({ ...target, ...patch }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return Object.fromEntries(merged) as Value
}
