// Runs before the page is drawn, so that a chosen theme does not begin with a flash of the other one.
try {
  const { theme } = JSON.parse(localStorage.getItem('kops') ?? '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme
} catch {
  // Nothing is kept, or nothing may be: the system's theme.
}
