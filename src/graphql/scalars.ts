import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

/** Text as it is; that it is an instant or a date is for the action to check, as it is on every face. */
function textScalar(name: string, description: string) {
  const asText = (value: unknown) => {
    if (typeof value !== 'string') throw new GraphQLError(`${name} is a string.`)
    return value
  }
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: asText,
    parseValue: asText,
    parseLiteral: (node) => asText(node.kind === Kind.STRING ? node.value : undefined),
  })
}

export const DateTime = textScalar('DateTime', 'An RFC 3339 instant, answered in UTC.')
export const CalendarDate = textScalar('Date', 'A calendar date, `YYYY-MM-DD`.')

/** Only where a contract is open: nothing takes one as an input. */
export const Json = new GraphQLScalarType({
  name: 'JSON',
  description: 'Members that the contract leaves open.',
})
