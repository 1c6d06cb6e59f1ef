// Loaded before the program: holds it until strace has attached to the one thread that shall be hurt, so that calls are
// counted from a known beginning. With UV_THREADPOOL_SIZE=1, file work is done by the main thread and one other.
const { existsSync, readdirSync, renameSync, stat, writeFileSync } = require('node:fs')

const gate = process.env.CERTWRIGHT_TEST_GATE
const threads = () => readdirSync('/proc/self/task')
const before = new Set(threads())
stat('/', () => undefined)
const pool = threads().find((each) => !before.has(each))
writeFileSync(`${gate}.new`, `${process.pid} ${pool}`)
renameSync(`${gate}.new`, gate)
const tick = new Int32Array(new SharedArrayBuffer(4))
while (!existsSync(`${gate}.open`)) Atomics.wait(tick, 0, 0, 5)
