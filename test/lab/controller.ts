// A StarlingX controller as far as certificates see it: one etcd on the floating address, its service manager, the
// fault manager's client, and an API server that uses etcd. The platform's own programs are stood in for by scripts.
import type { HostPlan } from './host.ts'

export const floatingAddress = '10.77.0.100'

export const etcdctl = (pair: string, ...args: string[]) =>
  `ETCDCTL_API=3 etcdctl --endpoints=https://${floatingAddress}:2379 --cacert=/etc/etcd/ca.crt --cert=${pair}.crt --key=${pair}.key --dial-timeout=5s --command-timeout=10s ${args.join(' ')}`

const etcdUnit = `[Service]
Type=notify
ExecStart=/usr/bin/etcd --name default --data-dir /opt/etcd/db \\
  --listen-client-urls https://${floatingAddress}:2379,https://127.0.0.1:2379 \\
  --advertise-client-urls https://${floatingAddress}:2379 \\
  --client-cert-auth --trusted-ca-file /etc/etcd/ca.crt \\
  --cert-file /etc/etcd/etcd-server.crt --key-file /etc/etcd/etcd-server.key
`

/**
 * Writes to etcd all the time, with its own pair; a line for every write. Answers on its port what became of the last
 * one: a file of that name is the whole response.
 */
const apiServer = `#!/bin/bash
mkdir -p /run/kube-apiserver && cd /run/kube-apiserver && rm -f readyz*
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out crt -subj /CN=kube-apiserver -days 1 2>/dev/null
openssl s_server -accept 16443 -cert crt -key key -HTTP >/dev/null 2>&1 </dev/null &
ready() {
  printf 'HTTP/1.0 %s\\r\\nConnection: close\\r\\n\\r\\n[+]ping ok\\n%s\\n' "$1" "$2" >new && mv new 'readyz?verbose'
}
while sleep 0.3; do
  if ${etcdctl('/etc/kubernetes/pki/apiserver-etcd-client', 'put', 'registry', '"$(date +%s%N)"')} >/dev/null 2>&1
  then echo written; ready '200 OK' '[+]etcd ok'; else echo failed; ready '500 No' '[-]etcd failed'; fi >>/var/log/kube-apiserver.log
done
`

const apiServerUnit = `[Service]
ExecStart=/usr/local/bin/kube-apiserver
Restart=always
RestartSec=100ms
`

/** The kubelet, which is systemd here, starts again what is stopped. */
const crictl = `#!/bin/sh
case $1 in
  ps) pgrep -ox kube-apiserver ;;
  stop) echo "$*" >>/var/log/crictl.log; kill "$2" ;;
esac
`

const serviceManager = `#!/bin/sh
echo "$*" >>/var/log/sm.log
if [ -e /run/sm-is-away ]; then echo 'the service manager is away' >&2; exit 1; fi
[ "$1" = service ] && systemctl restart "$2"
`

/** One fault manager for both controllers; an alarm is a file of its string, named by id and entity. */
const faultManager = `#!/bin/bash
printf '%s\\n' "$*" >>/var/log/fm.log
mapfile -t field < <(printf '%s' "\${2//###/$'\\n'}")
case $1 in
  -A) compgen -G "/opt/fm/$2 *" >/dev/null || { echo FM_ERR_ENTITY_NOT_FOUND; exit 255; }; echo Ok; cat /opt/fm/"$2 "* ;;
  -c) [ \${#field[@]} = 16 ] && printf '%s\\n' "$2" >"/opt/fm/\${field[2]} \${field[5]}" && echo Ok ;;
  -d) rm "/opt/fm/\${field[1]} \${field[2]}" 2>/dev/null || { echo FM_ERR_ENTITY_NOT_FOUND; exit 255; }; echo Ok ;;
esac
`

export function controller(address: string): HostPlan {
  return {
    address,
    shares: {
      '/opt/platform/config/current/etcd': 'platform',
      '/opt/etcd': 'replicated',
      '/opt/fm': 'faults',
    },
    files: {
      '/etc/systemd/system/etcd.service': etcdUnit,
      '/etc/systemd/system/kube-apiserver.service': apiServerUnit,
      '/usr/local/bin/kube-apiserver': apiServer,
      '/usr/local/bin/crictl': crictl,
      '/usr/local/bin/sm-restart-safe': serviceManager,
      '/usr/local/bin/fmClientCli': faultManager,
    },
  }
}
