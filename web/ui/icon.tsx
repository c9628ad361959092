import activity from 'lucide-static/icons/activity.svg'
import move from 'lucide-static/icons/arrow-left-right.svg'
import bell from 'lucide-static/icons/bell.svg'
import chart from 'lucide-static/icons/chart-line.svg'
import check from 'lucide-static/icons/check.svg'
import copy from 'lucide-static/icons/copy.svg'
import files from 'lucide-static/icons/files.svg'
import gauge from 'lucide-static/icons/gauge.svg'
import house from 'lucide-static/icons/house.svg'
import inbox from 'lucide-static/icons/inbox.svg'
import key from 'lucide-static/icons/key-round.svg'
import layers from 'lucide-static/icons/layers.svg'
import menu from 'lucide-static/icons/menu.svg'
import moon from 'lucide-static/icons/moon.svg'
import plug from 'lucide-static/icons/plug.svg'
import scroll from 'lucide-static/icons/scroll-text.svg'
import search from 'lucide-static/icons/search.svg'
import server from 'lucide-static/icons/server.svg'
import settings from 'lucide-static/icons/settings.svg'
import sun from 'lucide-static/icons/sun.svg'
import sunMoon from 'lucide-static/icons/sun-moon.svg'
import terminal from 'lucide-static/icons/terminal.svg'
import users from 'lucide-static/icons/users.svg'
import zap from 'lucide-static/icons/zap.svg'

const icons = {
  activity,
  bell,
  check,
  chart,
  copy,
  files,
  gauge,
  house,
  inbox,
  key,
  layers,
  menu,
  moon,
  move,
  plug,
  scroll,
  search,
  server,
  settings,
  sun,
  sunMoon,
  terminal,
  users,
  zap
}
export type IconName = keyof typeof icons

/** A picture beside a word, for the eye only: a file of a pinned package, part of the bundle. */
export function Icon({ name }: { name: IconName }) {
  return <span class="icon" aria-hidden="true" dangerouslySetInnerHTML={{ __html: icons[name] }} />
}
