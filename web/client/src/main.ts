import { mount } from 'svelte';
import '../../shared/style/pages';
import { texts } from '../../shared/i18n.svelte';
import { theme } from '../../shared/theme.svelte';
import { readEntry, withoutSecrets } from './address';
import App from './App.svelte';
import { Session } from './session.svelte';

// First of all: what gives entry leaves the address bar and the history.
const url = new URL(location.href);
const entry = readEntry(url);
const clean = withoutSecrets(url);
if (clean !== null) history.replaceState(null, '', clean);

theme.start();
const session = new Session(entry);
const spoken = texts.start();
void session.start();
// Nothing is shown in one language and then in another.
void spoken.then(() => {
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { session } });
});

window.addEventListener('pagehide', () => session.leaveWithPage());
window.addEventListener('pageshow', (event) => {
  // Kept and shown again by the browser: the seat was given up meanwhile.
  if (event.persisted && session.ending) location.reload();
});
