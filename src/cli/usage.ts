// What commander says, which quotes arguments as they were given.
import type { OutputConfiguration } from 'commander'
import { report } from '../report/shown.ts'
import { asLines, printData, tell } from './output.ts'

/** Help and versions are ours alone; a message about an argument is one line, and a suggestion perhaps another. */
export const usageOutput: OutputConfiguration = {
  writeOut: (text) => printData(asLines(...text.split('\n'))),
  writeErr: (text) => tell(asLines(...text.split('\n'))),
  outputError: (text) => tell(formatUsage(splitSuggestion(text.trimEnd()))),
}

interface UsageMessage {
  readonly message: string
  readonly suggestion: string
}

const formatUsage = report(({ message, suggestion }: UsageMessage) =>
  suggestion === '' ? message : `${message}\n${suggestion}`,
)

/** No argument can pass for a suggestion: behind one, a message goes on with at least a quotation mark. */
function splitSuggestion(text: string): UsageMessage {
  const [, message = text, suggestion = ''] = /^([\s\S]*)\n(\(Did you mean [^\n]+\?\))$/.exec(text) ?? []
  return { message, suggestion }
}
