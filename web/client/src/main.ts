import { mount } from 'svelte';
import '../../shared/style/base.css';
import { texts } from '../../shared/i18n.svelte';
import { readEntry, withoutSecrets } from './address';
import App from './App.svelte';
import { Session } from './session.svelte';

// First of all: what gives entry leaves the address bar and the history.
const url = new URL(location.href);
const entry = readEntry(url);
const clean = withoutSecrets(url);
if (clean !== null) history.replaceState(null, '', clean);

texts.start();
const session = new Session(entry);
const target = document.getElementById('app');
if (target) mount(App, { target, props: { session } });
void session.start();

window.addEventListener('pagehide', () => session.leaveWithPage());
window.addEventListener('pageshow', (event) => {
  // Kept and shown again by the browser: the seat was given up meanwhile.
  if (event.persisted && session.ending) location.reload();
});
