// The layers of docs/architecture.md, as what each may not import.
const stages = [
  'load',
  'gather',
  'diff',
  'plan',
  'apply',
  'x509',
  'hosts',
  'services',
  'alarms',
  'audit',
  'report',
]

/** @param {string} from @param {string[]} may */
function only(from, may) {
  const others = [...stages, 'cli'].filter((folder) => folder !== from && !may.includes(folder))
  return {
    name: `${from}-imports-only-${['model', ...may].join('-and-')}`,
    severity: 'error',
    from: { path: `^src/${from}/` },
    to: { path: `^src/(${others.join('|')}|main)` },
  }
}

/** @param {string} name @param {string} module @param {string} allowed */
function confined(name, module, allowed) {
  return {
    name: `${name}-only-in-${allowed.replaceAll(/\W+/g, '-')}`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${allowed}` },
    to: { path: `node_modules/${module}/` },
  }
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'model-imports-nothing',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { pathNot: '^src/model/' },
    },
    only('x509', []),
    only('services', []),
    only('alarms', []),
    only('audit', []),
    only('report', []),
    only('hosts', ['x509']),
    only('load', ['x509']),
    only('gather', ['services', 'alarms', 'x509']),
    only('diff', ['x509']),
    only('plan', ['x509', 'services', 'alarms']),
    only('apply', ['x509', 'services', 'alarms']),
    {
      name: 'main-imports-only-cli',
      severity: 'error',
      from: { path: '^src/main' },
      to: { path: `^src/(${stages.join('|')})/` },
    },
    confined('listr2', 'listr2', 'report/progress\\.ts'),
    confined('node-forge', 'node-forge', 'x509/'),
    confined('execa', 'execa', '(hosts|cli)/'),
    confined('yaml', 'yaml', 'load/'),
    confined('ajv', 'ajv', 'load/'),
    confined('cel', '@marcbachmann/cel-js', 'load/'),
    confined('commander', 'commander', 'cli/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
