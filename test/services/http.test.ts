import { describe, expect, it } from 'vitest'
import { formatHttpRequest, judgeHttp, parseHttpResponse } from '../../src/services/http.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'

describe('an HTTP answer', () => {
  it.each([
    [`${head}\r\nok`, 200, 'ok'],
    [`${head}\r\n`, 200, ''],
    ['HTTP/1.0 503\r\n\r\nno', 503, 'no'],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    [`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;a=b\r\n, a\r\n0\r\n\r\n`, 200, 'ok, a'],
    [`${head}transfer-encoding: gzip, chunked\r\n\r\nA\r\nhalf`, 200, 'half'],
    [`${head}Transfer-Encoding: chunked\r\n\r\nnonsense`, 200, ''],
    [`${head}\r\n\u00c3\u00bc`, 200, 'ü'],
  ])('%j has its status and its body, as far as they came', (text, status, body) => {
    expect(parseHttpResponse(text)).toEqual({ status, body })
  })

  it.each([
    '',
    'SSH-2.0\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 200 OK\r\nhalf',
    'HTTP/1.1 999 No\r\n\r\n',
  ])('%j is none', (text) => {
    expect(parseHttpResponse(text)).toBeUndefined()
  })

  it('that has the bytes of a flood is read in time', () => {
    const began = performance.now()
    parseHttpResponse(`${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(11_000)}`)
    parseHttpResponse(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(11_000)}`)
    parseHttpResponse('HTTP/1.1 100 Continue\r\n\r\n'.repeat(2600))
    expect(performance.now() - began).toBeLessThan(500)
  })
})

describe('an endpoint', () => {
  const answered = (status: string, body: string, detail?: string) => ({
    kind: 'answered' as const,
    text: `HTTP/1.1 ${status}\r\n\r\n${body}`,
    ...(detail === undefined ? {} : { detail }),
  })

  it.each([
    [{ status: [200] }, answered('200 OK', '')],
    [{ status: [200, 500], body: '[+]etcd ok' }, answered('500 No', '[-]ping failed\n[+]etcd ok\n')],
  ])('passes with %j', (wanted, answer) => {
    expect(judgeHttp(wanted, answer)).toEqual({ kind: 'passed' })
  })

  it.each([
    [{ status: [200] }, answered('403 Forbidden', ''), 'it answers 403, wanted 200'],
    [
      { status: [200, 204] },
      answered('500 Error', '[+]ping ok\n[-]etcd failed\n'),
      'it answers 500, wanted 200 or 204: [+]ping ok [-]etcd failed',
    ],
    [{ status: [200], body: 'ok' }, answered('200 OK', 'no'), 'it answers 200 without "ok": no'],
    [
      { status: [200] },
      answered('401 No', '', 'no client certificate to present'),
      'it answers 401, wanted 200; no client certificate to present',
    ],
    [
      { status: [200] },
      { kind: 'answered' as const, text: 'SSH-2.0-x\r\n' },
      'it does not answer in HTTP/1.1',
    ],
    [{ status: [200] }, { kind: 'failed' as const, detail: 'no answer in time' }, 'no answer in time'],
  ])('that was to have %j has not, and says what it has', (wanted, answer, detail) => {
    expect(judgeHttp(wanted, answer)).toEqual({ kind: 'failed', detail })
  })

  it.each([
    ['a.example', 443, 'a.example'],
    ['a.example', 8443, 'a.example:8443'],
    ['::1', 6443, '[::1]:6443'],
  ])('at %s port %d is asked as %s', (hostname, port, host) => {
    expect(formatHttpRequest({ hostname, port, target: '/' })).toContain(`\r\nHost: ${host}\r\n`)
  })
})
