import { Counter, type Registry } from 'prom-client'
import { isKopsError } from '../../shared/errors/catalog.ts'
import type { TopicAdmin } from '../../shared/kafka/ports.ts'

type Outcome = 'applied' | 'refused' | 'failed'

/**
 * The same port, with each change counted in kops_topic_changes_total. What is only validated counts when it is refused:
 * a change is validated first, so that is where most refusals happen.
 */
export function countChanges(admin: TopicAdmin, registry: Registry): TopicAdmin {
  const changes = new Counter({
    name: 'kops_topic_changes_total',
    help: 'Changes to topics, by what became of them: applied, refused (4xx) or failed (5xx, perhaps applied)',
    labelNames: ['action', 'outcome'],
    registers: [registry]
  })
  const counted = async (action: string, validateOnly: boolean, change: Promise<void>) => {
    const count = (outcome: Outcome) => changes.inc({ action, outcome })
    try {
      await change
    } catch (error) {
      count(isKopsError(error) && error.status < 500 ? 'refused' : 'failed')
      throw error
    }
    if (!validateOnly) count('applied')
  }
  return {
    createTopic: (spec, options) => counted('create', options.validateOnly, admin.createTopic(spec, options)),
    deleteTopic: (name, options) => counted('delete', false, admin.deleteTopic(name, options)),
    setTopicConfigs: (name, configs, options) =>
      counted('alter-config', options.validateOnly === true, admin.setTopicConfigs(name, configs, options)),
    close: () => admin.close()
  }
}
