// The main job on the embedded default: everything happens below .sandbox/, as whoever runs it.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

const run = 'playbooks/starlingx-etcd.yml -i inventory/sandbox.yml'

rmSync('.sandbox', { recursive: true, force: true })
for (const command of [
  `plan ${run}`,
  `apply ${run} --auto-approve`,
  `status ${run}`,
  `plan ${run} --detailed-exitcode`,
]) {
  console.log(`\n$ npx certwright ${command}\n`)
  const { status } = spawnSync(process.execPath, ['dist/main.js', ...command.split(' ')], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
