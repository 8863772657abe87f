import { mount } from 'svelte';
import '../../shared/style/pages';
import { texts } from '../../shared/i18n.svelte';
import { theme } from '../../shared/theme.svelte';
import App from './App.svelte';
import { arrive, watchAddress } from './arrival';
import { Session } from './session.svelte';

// First of all: what gives entry leaves the address bar and the history.
const arrival = arrive();
watchAddress();

theme.start();
const session = new Session(arrival);
const spoken = texts.start();
void session.start();
// Nothing is shown in one language and then in another.
void spoken.then(() => {
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { session } });
});

window.addEventListener('pagehide', () => session.leaveWithPage());
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  // Kept and shown again by the browser: the seat was given up meanwhile.
  if (session.ending) location.reload();
  else session.shownAgain();
});
