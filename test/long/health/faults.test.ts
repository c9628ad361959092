// Runs alone: it breaks a broker.
import { testBrokerFault } from '../../integration/health/broker-fault.ts'

testBrokerFault({ name: 'paused: it accepts connections and answers nothing', inject: 'pause', undo: 'resume' })
testBrokerFault({ name: 'cut off from the network: packets to it vanish', inject: 'isolate', undo: 'heal' })
