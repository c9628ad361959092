import { ConfigSources } from '@platformatic/kafka'
import t from 'tap'
import { describeConfigs, synonymsOf, toConfigEntry } from '#shared/kafka/protocol/describe-configs.ts'
import { plainLink } from '../plain-link.ts'

const describeConfigsKey = 32

t.test('the configuration of a broker is asked for by its id', async (t) => {
  const { link, asked } = plainLink({ [describeConfigsKey]: { results: ['answered'] } })
  const signal = new AbortController().signal
  t.same(await describeConfigs(link, 'broker', ['1'], { synonyms: true }, signal), ['answered'])
  const resource = { resourceType: 4, resourceName: '1', configurationKeys: null }
  t.same(asked, [[describeConfigsKey, [[resource], true]]])
})

t.test('what is secret is hidden, in the synonyms too', async (t) => {
  const source = ConfigSources.STATIC_BROKER_CONFIG
  const synonyms = [{ name: 'password', value: 'secret', source }]
  const config = {
    name: 'password',
    value: 'secret',
    configSource: source,
    readOnly: true,
    isSensitive: true,
    synonyms
  }
  const entry = { name: 'password', value: null, source: 'static_broker', readOnly: true, sensitive: true }
  t.same(toConfigEntry(config), entry)
  t.same(synonymsOf(config), [{ name: 'password', value: null, source: 'static_broker' }])
  const shown = { ...config, isSensitive: false }
  t.same(toConfigEntry(shown), { ...entry, value: 'secret', sensitive: false })
  t.same(synonymsOf(shown), [{ name: 'password', value: 'secret', source: 'static_broker' }])
})
