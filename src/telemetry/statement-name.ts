const relation = /\b(?:from|into|update|join)\s+(?:only\s+)?"?([a-z_]+(?:"?\."?[a-z_]+)?)"?/i

/**
 * What a statement does, in two words that hold no value: its verb and the first table that it names. The text itself is not
 * told, since settings of a transaction stand in it by value.
 */
export function statementName(text: string): string {
  const verb = /^\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? 'statement'
  if (!['select', 'insert', 'update', 'delete', 'with'].includes(verb)) return verb
  const table = relation.exec(text)?.[1]?.replaceAll('"', '')
  return table === undefined ? verb : `${verb} ${table}`
}
