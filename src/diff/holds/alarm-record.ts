import { type FindHolds, observedHosts } from './hold.ts'

/** Certificates do not need it; its alarms can neither be raised nor cleared, and that is told as undeliverable. */
export const findAlarmRecord: FindHolds = (situation) =>
  observedHosts(situation).flatMap(({ host, alarmsUnreadable }) =>
    alarmsUnreadable === undefined
      ? []
      : [
          {
            held: [],
            problem: {
              address: `${host}/alarm/record`,
              host,
              code: 'alarm-record-unreadable',
              message: `the record of standing alarms cannot be read: ${alarmsUnreadable}`,
              hint: 'move the file away after looking at it; alarms that still hold are raised again, and what a sink shows of others is cleared by hand',
            },
          },
        ],
  )
