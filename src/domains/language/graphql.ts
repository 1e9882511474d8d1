import type { Graph } from '../../graphql/graph.ts'
import { checkLanguage, getWordList } from './service.ts'

export const languageGraph: Graph = {
  queries: { wordList: getWordList, languageCheck: checkLanguage },
}
