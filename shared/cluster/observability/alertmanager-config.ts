import { isMap, isSeq, parseDocument } from 'yaml'
import type { ObservabilityTiming } from './configuration.ts'
import type { Receivers } from './receivers.ts'

/** Health-service's endpoint for notifications. */
export interface AlertWebhook {
  /** The address of health-service, without a path. */
  healthUrl: string
  /** Absolute; the file with the bearer token that Alertmanager sends. */
  tokenFile: string
}

const webhookPath = '/api/alerts/webhook'

/**
 * alertmanager.yml that groups for another time, that finds health-service elsewhere than in Compose's network, and that
 * notifies people.
 */
export function renderAlertmanagerConfig(
  source: string,
  {
    groupWait,
    webhook,
    people
  }: Pick<ObservabilityTiming, 'groupWait'> & { webhook?: AlertWebhook; people?: Receivers }
): string {
  if (groupWait === undefined && webhook === undefined && people === undefined) return source
  const document = parseDocument(source)
  if (groupWait !== undefined) {
    const route = document.get('route')
    const children = isMap(route) ? route.get('routes') : undefined
    for (const each of [route, ...(isSeq(children) ? children.items : [])]) {
      if (!isMap(each)) continue
      if (each === route || each.has('group_wait')) each.set('group_wait', groupWait)
      if (each === route || each.has('group_interval')) each.set('group_interval', groupWait)
    }
  }
  if (people?.repeatInterval !== undefined) document.setIn(['route', 'repeat_interval'], people.repeatInterval)
  const receivers = document.get('receivers')
  for (const receiver of webhook && isSeq(receivers) ? receivers.items : []) {
    const hooks = isMap(receiver) ? receiver.get('webhook_configs') : undefined
    for (const hook of isSeq(hooks) ? hooks.items : []) {
      if (!isMap(hook) || !String(hook.get('url')).endsWith(webhookPath)) continue
      hook.set('url', `${webhook?.healthUrl}${webhookPath}`)
      hook.setIn(['http_config', 'authorization', 'credentials_file'], webhook?.tokenFile)
    }
  }
  const integrations = people && { operators: people.operators, 'operators-critical': people.critical }
  for (const receiver of integrations && isSeq(receivers) ? receivers.items : []) {
    if (!isMap(receiver)) continue
    const own = Object.entries(integrations ?? {}).find(([name]) => name === receiver.get('name'))?.[1] ?? {}
    for (const [kind, configs] of Object.entries(own)) receiver.set(kind, document.createNode(configs))
  }
  return document.toString({ lineWidth: 0 })
}
