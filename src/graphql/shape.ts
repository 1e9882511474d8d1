import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql'

/** How a document is built, told without the schema. */
export interface DocumentShape {
  /** Fields within fields, at the deepest. Introspection has a limit of its own and counts as one. */
  readonly depth: number
  /** Fields at the root of the operation that has most of them, as often as they are spread. */
  readonly rootFields: number
  /** How often one field stands in one place, where it stands there most often. */
  readonly repeats: number
  /** A fragment that holds itself. */
  readonly circle: string | undefined
}

/** What one place holds, with what is spread into it. */
interface Place {
  readonly depth: number
  readonly fields: ReadonlyMap<string, number>
}

const nothing: Place = { depth: 0, fields: new Map() }

/** Each fragment is measured once, so that fragments within fragments cost no more than they are long. */
export function shapeOf({ definitions }: DocumentNode): DocumentShape {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const measured = new Map<string, Place | 'under way'>()
  let circle: string | undefined
  let repeats = 0

  function spread(name: string): Place {
    const known = measured.get(name)
    if (known === 'under way') circle = name
    if (known) return known === 'under way' ? nothing : known
    measured.set(name, 'under way')
    const fragment = fragments.get(name)
    const place = fragment ? measure(fragment.selectionSet) : nothing
    measured.set(name, place)
    return place
  }

  function measure({ selections }: SelectionSetNode): Place {
    const fields = new Map<string, number>()
    let depth = 0
    const add = (name: string, times: number) => {
      const count = (fields.get(name) ?? 0) + times
      fields.set(name, count)
      repeats = Math.max(repeats, count)
    }
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        add(selection.alias?.value ?? selection.name.value, 1)
        const inside = selection.selectionSet ? measure(selection.selectionSet).depth : 0
        depth = Math.max(depth, 1 + (selection.name.value.startsWith('__') ? 0 : inside))
        continue
      }
      const place =
        selection.kind === Kind.INLINE_FRAGMENT
          ? measure(selection.selectionSet)
          : spread(selection.name.value)
      for (const [name, times] of place.fields) add(name, times)
      depth = Math.max(depth, place.depth)
    }
    return { depth, fields }
  }

  let depth = 0
  let rootFields = 0
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const place = measure(definition.selectionSet)
    depth = Math.max(depth, place.depth)
    rootFields = Math.max(
      rootFields,
      [...place.fields.values()].reduce((sum, times) => sum + times, 0),
    )
  }
  for (const name of fragments.keys()) spread(name)
  return { depth, rootFields, repeats, circle }
}
