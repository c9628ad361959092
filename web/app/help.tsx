import { preferences } from '../state/preferences.ts'
import { Dialog } from '../ui/dialog.tsx'
import { keysInWords } from './keys.ts'
import { navigation } from './pages.ts'

/** The keys. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  const places = navigation.flat().filter(({ key }) => key !== undefined)
  return (
    <Dialog title="Keys" onClose={onClose}>
      <h2>Keys</h2>
      {!preferences.value.singleKeys && <p class="notice">Single keys are switched off in the settings.</p>}
      <dl class="keys">
        {keysInWords.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        {places.map(({ key, label }) => (
          <div key={key}>
            <dt>
              <kbd>g {key}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  )
}
