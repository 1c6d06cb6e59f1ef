// Tables of every field, from the JSON Schemas into the reference pages, between their markers. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs'

const pages = { policy: 'docs/policy.md', playbook: 'docs/playbook.md' }
const isCheck = process.argv.includes('--check')

for (const [name, page] of Object.entries(pages)) {
  const schema = JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))
  const rows = describeFields(schema.items ? resolve(schema.items, schema) : schema, schema, '')
  const table = ['| field | value | meaning |', '|---|---|---|', ...rows].join('\n')
  const text = readFileSync(page, 'utf8')
  const pattern = /(<!-- fields: made by scripts\/reference\.mjs -->\n)[\s\S]*?(\n<!-- end -->)/
  if (!pattern.test(text)) throw new Error(`${page} has no place for the fields`)
  const updated = text.replace(pattern, (_, start, end) => start + table + end)
  if (updated === text) continue
  if (isCheck) throw new Error(`${page} is not what the schema says: run npm run reference`)
  writeFileSync(page, updated)
}

function describeFields(schema, root, prefix) {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, raw]) => {
    const field = resolve(raw, root)
    return [
      describe(`${prefix}${key}`, field, schema.required?.includes(key)),
      ...below(field, root, `${prefix}${key}`),
    ]
  })
  return own
}

/** The fields of a map, of a map's entries (`*`) and of a list's items (`[]`). */
function below(field, root, path) {
  const entries = field.additionalProperties && typeof field.additionalProperties === 'object'
  if (field.properties) return describeFields(field, root, `${path}.`)
  if (entries) return describeFields(resolve(field.additionalProperties, root), root, `${path}.*.`)
  const items = field.items && resolve(field.items, root)
  return items?.properties ? describeFields(items, root, `${path}[].`) : []
}

function describe(path, field, isRequired) {
  const meaning = (field.description ?? '').replaceAll('|', '\\|')
  return `| \`${path}\` | ${typeOf(field)}${isRequired ? ', required' : ''} | ${meaning} |`
}

function typeOf({ type, enum: values, then, else: otherwise }) {
  if (values) return values.map((value) => `\`${value}\``).join(', ')
  const branch = otherwise?.type ? otherwise : then
  const names = {
    object: 'map',
    array: 'list',
    string: 'text',
    integer: 'whole number',
    boolean: 'true or false',
  }
  const types = [type ?? branch?.type ?? 'any'].flat()
  return types.map((each) => names[each] ?? each).join(' or ')
}

function resolve(schema, root) {
  if (!schema.$ref?.startsWith('#/')) return schema
  const { $ref, ...beside } = schema
  const target = $ref
    .slice(2)
    .split('/')
    .reduce((value, key) => value[key], root)
  return { ...resolve(target, root), ...beside }
}
