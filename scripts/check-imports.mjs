// Imports go one way only. A run that saw no module at all has proved nothing, and fails.
import { cruise } from 'dependency-cruiser'
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-options'

const options = await extractConfig('./.dependency-cruiser.cjs')
const { output } = await cruise(['src'], { ...options, validate: true })
const { modules, summary } = output
const own = modules.filter(({ source }) => source.startsWith('src/')).length
for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
console.log(`${own} modules, ${summary.violations.length} forbidden imports`)
if (own === 0 || summary.violations.length > 0) process.exit(1)
