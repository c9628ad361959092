import type { Event } from '#shared/contracts/event-types.ts'

/** Handles an event of its type. Throws or rejects if it cannot. */
export type EventHandler = (event: Event) => void | Promise<void>

export interface HandlerRegistry {
  /** One handler per type: the last one registered. */
  register(eventType: string, handler: EventHandler): void
  types(): string[]
  /**
   * Whether a handler processed it: at once if the handler returned nothing, so that it costs no promise. Throws or rejects what the
   * handler does.
   */
  handle(event: Event): boolean | Promise<boolean>
}

export function createHandlerRegistry(): HandlerRegistry {
  const handlers = new Map<string, EventHandler>()
  return {
    register(eventType, handler) {
      handlers.set(eventType, handler)
    },
    types: () => [...handlers.keys()],
    handle(event) {
      const handler = handlers.get(event.event_type)
      const handling = handler?.(event)
      if (handling === undefined) return handler !== undefined
      return Promise.resolve(handling).then(() => true)
    }
  }
}

export interface EventLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Handles the time service's events by logging them, errors as warnings. */
export function registerTimeServiceHandlers(registry: HandlerRegistry, log: EventLog): void {
  registry.register('http_request', ({ data, timestamp }) => {
    log.info({ at: timestamp, ...only(data, ['method', 'endpoint', 'user_ip', 'hostname']) }, 'a request was made')
  })
  registry.register('http_response', ({ data, timestamp }) => {
    log.info(
      { at: timestamp, ...only(data, ['status_code', 'response_time_ms', 'user_ip']) },
      'a service answered a request'
    )
  })
  registry.register('error', ({ data, timestamp }) => {
    log.warn({ at: timestamp, ...only(data, ['error_message', 'error_type', 'service']) }, 'a service reports an error')
  })
}

/** The known fields of an event: others may contain data that must not be logged. */
function only(data: Event['data'], fields: string[]): Record<string, unknown> {
  return Object.fromEntries(fields.flatMap((field) => (field in data ? [[field, data[field]]] : [])))
}
