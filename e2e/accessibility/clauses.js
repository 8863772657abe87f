// EN 301 549 V3.2.1, clauses 5, 6 and 9, as they meet the video client: what is asked for, in our own
// words, and what proves it. `report.js` makes the report of it and fails where a proof is missing.
//
// A test is named by its file and its name. What only a person can judge is said in words: a test
// that passes proves what it tests, not that a page is good to use.

/**
 * @typedef {object} Clause
 * @property {string} clause
 * @property {string} asks
 * @property {string[]} [tests] that prove it
 * @property {string} [people] what a person must judge
 * @property {string} [unmet] why it is not met
 * @property {string} [not] why it does not apply
 */

const states = (/** @type {string} */ check, languages = ['Danish']) =>
  languages.map((language) => `accessibility-states: every state, ${language} › ${check}`)
const BOTH = ['Danish', 'English']
const AXE = states('axe finds nothing', BOTH)
const keys = (/** @type {string[]} */ ...names) => names.map((name) => `keyboard: by keyboard alone › ${name}`)
const announced = (/** @type {string[]} */ ...names) => names.map((name) => `accessibility-announcements: announced › ${name}`)
const media = (/** @type {string} */ name) => [`accessibility-media: picture and sound › ${name}`]

const FLOWS = keys(
  'a guest: from the link to the meeting, and out of it',
  'a host: from the address to the meeting',
  'a host opens the people, locks, lets somebody in, and turns another away',
  'a host acts on one of the people',
  'chat: written, sent, closed',
  'what is needed less often: arrows in choices, one panel after another, asking once more',
)
const ORDER = keys('the stops come in the order of the page, and the tab key is held nowhere')
const TRUTH = announced('switches tell the truth after each change')
const NO_RECORDING = 'the page has no recorded sound or picture'
const RTT = 'real-time text is not built yet; the chat sends whole messages'

/** @type {Clause[]} */
export const CLAUSES = [
  { clause: '5.1', asks: 'closed systems work without tools of one’s own', not: 'the page is open to screen readers and other tools' },
  { clause: '5.2', asks: 'what helps can be switched on by those who need it', tests: [...states('nothing moves where motion is reduced'), ...states('contrast is enough in the dark scheme')], people: 'text size, colours and motion follow the system: nothing has to be switched on in the page' },
  { clause: '5.3', asks: 'biometrics are not the only way', not: 'no biometrics are used' },
  { clause: '5.4', asks: 'what helps survives a conversion', not: 'the page converts no documents' },
  { clause: '5.5', asks: 'parts worked by hand need no grip', not: 'the page has no hardware' },
  { clause: '5.6.1', asks: 'the state of a switch can be told by touch or sound', tests: [...TRUTH, ...AXE] },
  { clause: '5.6.2', asks: 'the state of a switch can be seen', tests: [...TRUTH, ...states('with the system’s colours switches still tell their state')] },
  { clause: '5.7', asks: 'key repeat can be adjusted', not: 'it is the system’s; keys held down count once' },
  { clause: '5.8', asks: 'keys pressed twice by mistake count once', not: 'it is the system’s' },
  { clause: '5.9', asks: 'nothing needs two actions at once', tests: [...FLOWS] },

  { clause: '6.1', asks: 'speech reaches 7000 Hz', tests: media('sound of 7000 Hz is heard') },
  { clause: '6.2.1.1', asks: 'text can be sent as it is typed', unmet: RTT },
  { clause: '6.2.1.2', asks: 'voice and text at the same time', unmet: RTT },
  { clause: '6.2.2.1', asks: 'sent and received text look different', unmet: RTT },
  { clause: '6.2.2.2', asks: 'tools can tell sent from received text', unmet: RTT },
  { clause: '6.2.2.3', asks: 'who writes is told', unmet: RTT },
  { clause: '6.2.2.4', asks: 'it is seen when somebody speaks', unmet: `${RTT}; who speaks is seen in the picture, see 6.5.5` },
  { clause: '6.2.3', asks: 'text works with other systems', unmet: RTT },
  { clause: '6.2.4', asks: 'text is sent within 500 ms', unmet: RTT },
  { clause: '6.3', asks: 'who calls is told in text', tests: [...announced('who comes, who knocks, who leaves', 'who speaks is seen, and has a name in words')] },
  { clause: '6.4', asks: 'voice mail and voice menus have another way', not: 'there is none of them' },
  { clause: '6.5.2', asks: 'pictures of at least QVGA', tests: media('the picture has at least 320 × 240 points') },
  { clause: '6.5.3', asks: 'at least 20 pictures a second', tests: media('at least 20 pictures a second are shown'), people: 'on a slow network the picture drops to fewer points; whether it can still be signed in' },
  { clause: '6.5.4', asks: 'picture and sound at most 100 ms apart', tests: media('picture and sound are at most 100 ms apart'), people: 'the test flashes and beeps where a camera and a microphone would be; theirs, and the loudspeaker’s, come on top' },
  { clause: '6.5.5', asks: 'it is seen when somebody speaks', tests: announced('who speaks is seen, and has a name in words') },
  { clause: '6.5.6', asks: 'who signs can be made known', tests: announced('muted by the host, heard again, a hand, a role, a shared screen'), people: 'somebody who signs raises the hand, and a host shows them large for all' },
  { clause: '6.6', asks: 'video mail and video menus have another way', not: 'there is none of them' },

  { clause: '9.1.1.1', asks: 'what is no text has one', tests: AXE, people: 'whether the texts say the right thing' },
  { clause: '9.1.2.1', asks: 'recorded sound or picture alone has a text', not: NO_RECORDING },
  { clause: '9.1.2.2', asks: 'recorded videos have captions', not: NO_RECORDING },
  { clause: '9.1.2.3', asks: 'recorded videos have a description', not: NO_RECORDING },
  { clause: '9.1.2.4', asks: 'live broadcasts have captions', not: 'a call between people is no broadcast (WCAG, Understanding 1.2.4); live captions are not built' },
  { clause: '9.1.2.5', asks: 'recorded videos are described in sound', not: NO_RECORDING },
  { clause: '9.1.3.1', asks: 'what is seen as structure is structure', tests: AXE, people: 'whether the structure is the one that is meant' },
  { clause: '9.1.3.2', asks: 'the order of reading makes sense', tests: ORDER, people: 'listening to each step with a screen reader' },
  { clause: '9.1.3.3', asks: 'nothing is told by shape or place alone', people: 'reading the texts; the guides to a browser’s buttons name them, too' },
  { clause: '9.1.3.4', asks: 'upright and on its side', tests: [...AXE, ...states('on a phone on its side no text is cut or covered')] },
  { clause: '9.1.3.5', asks: 'fields say what they are for', tests: AXE },
  { clause: '9.1.4.1', asks: 'nothing is told by colour alone', tests: [...states('with the system’s colours switches still tell their state'), ...AXE], people: 'looking at the pictures of docs/screens.md without colours' },
  { clause: '9.1.4.2', asks: 'sound that starts by itself can be stopped', people: 'what is heard are the others; the knock and the chime are shorter than 3 s' },
  { clause: '9.1.4.3', asks: 'text has a contrast of 4.5:1', tests: [...AXE, ...states('contrast is enough in the dark scheme'), ...states('contrast is enough where more is wanted'), ...states('contrast is enough where more is wanted in the dark')], people: 'names stand over live pictures, on a ground of their own' },
  { clause: '9.1.4.4', asks: 'text can be twice as large', tests: [...states('with text of 200 % nothing is scrolled sideways'), ...states('with text of 200 % no text is cut or covered', BOTH), ...states('axe finds nothing with text of 200 %'), ...states('with text of 200 % on a phone no text is cut or covered')] },
  { clause: '9.1.4.5', asks: 'text is no picture', people: 'looking at the pictures; all texts of the page are text, and a screen that somebody shares is theirs' },
  { clause: '9.1.4.10', asks: 'at 320 px nothing is scrolled sideways', tests: [...states('at 320 px nothing is scrolled sideways', BOTH), ...states('at 320 px no text is cut or covered', BOTH), ...states('axe finds nothing at 320 px')] },
  { clause: '9.1.4.11', asks: 'buttons and what tells their state have a contrast of 3:1', tests: [...FLOWS], people: 'the tests measure the outline of the focus; icons and edges are for the eye' },
  { clause: '9.1.4.12', asks: 'text bears more space', tests: states('with text spaced out no text is cut or covered') },
  { clause: '9.1.4.13', asks: 'what opens under the pointer can be closed and reached', not: 'nothing opens by pointing or by the focus' },
  { clause: '9.2.1.1', asks: 'all works by keyboard', tests: [...FLOWS], people: 'the own picture is moved by dragging, or by pressing it' },
  { clause: '9.2.1.2', asks: 'the focus is held nowhere', tests: ORDER },
  { clause: '9.2.1.4', asks: 'single keys can be switched off', tests: keys('single keys can be switched off, and are no keys while something is written') },
  { clause: '9.2.2.1', asks: 'time limits can be moved', people: 'the end of a meeting is told ten minutes before, and a host can move it; a notice about devices stays until it is closed' },
  { clause: '9.2.2.2', asks: 'what moves can be stopped', tests: states('nothing moves where motion is reduced'), people: 'the sign of the waiting room breathes; cameras are what the page is for' },
  { clause: '9.2.3.1', asks: 'nothing flashes more than three times a second', people: 'the page itself does not flash; what people show is theirs' },
  { clause: '9.2.4.1', asks: 'what is the same on all pages can be skipped', tests: AXE },
  { clause: '9.2.4.2', asks: 'each page has a title', tests: states('the page says its language and where one is', BOTH) },
  { clause: '9.2.4.3', asks: 'the focus goes in an order that makes sense', tests: [...ORDER, ...FLOWS] },
  { clause: '9.2.4.4', asks: 'links say where they lead', tests: AXE, people: 'whether the words do' },
  { clause: '9.2.4.5', asks: 'a page can be found in more than one way', not: 'the steps are parts of one way (the criterion’s exception); a meeting is reached by link and by address' },
  { clause: '9.2.4.6', asks: 'headings and labels say what it is about', tests: AXE, people: 'whether the words do' },
  { clause: '9.2.4.7', asks: 'the focus can be seen', tests: [...FLOWS, ...ORDER] },
  { clause: '9.2.5.1', asks: 'no gesture needs more than one finger or a path', people: 'the own picture is dragged, or pressed' },
  { clause: '9.2.5.2', asks: 'a press can be taken back', people: 'all buttons act when they are let go' },
  { clause: '9.2.5.3', asks: 'what is seen on a button is part of its name', tests: AXE },
  { clause: '9.2.5.4', asks: 'nothing is worked by moving the device', not: 'the page reads no motion' },
  { clause: '9.3.1.1', asks: 'the page says its language', tests: states('the page says its language and where one is', BOTH) },
  { clause: '9.3.1.2', asks: 'parts in another language say so', tests: AXE, people: 'the way to another language is named in that language' },
  { clause: '9.3.2.1', asks: 'the focus alone changes nothing', tests: ORDER },
  { clause: '9.3.2.2', asks: 'a choice alone takes nobody elsewhere', tests: keys('what is needed less often: arrows in choices, one panel after another, asking once more') },
  { clause: '9.3.2.3', asks: 'navigation is the same on all pages', people: 'the head of the page and the buttons of the meeting stay where they are: see docs/screens.md' },
  { clause: '9.3.2.4', asks: 'the same thing has the same name', people: 'reading the translations' },
  { clause: '9.3.3.1', asks: 'errors are told in text', tests: [...announced('what is missing or wrong in a step'), ...AXE] },
  { clause: '9.3.3.2', asks: 'fields have labels', tests: AXE, people: 'whether the hints help' },
  { clause: '9.3.3.3', asks: 'an error comes with what to do', tests: announced('what is missing or wrong in a step'), people: 'whether it helps' },
  { clause: '9.3.3.4', asks: 'what binds or destroys can be taken back', tests: keys('what is needed less often: arrows in choices, one panel after another, asking once more') },
  { clause: '9.4.1.1', asks: 'the markup can be read by tools', tests: AXE },
  { clause: '9.4.1.2', asks: 'tools can tell name, role and state', tests: [...AXE, ...TRUTH] },
  { clause: '9.4.1.3', asks: 'what changes is announced', tests: announced(
    'what is missing or wrong in a step',
    'waiting, and being let in',
    'being the first one',
    'who comes, who knocks, who leaves',
    'muted by the host, heard again, a hand, a role, a shared screen',
    'each message, also one like the last',
    'talking into a microphone that is off',
    'the connection lost, and back',
    'the end',
  ) },
  { clause: '9.6', asks: 'whole pages and whole ways hold to it', tests: [...states('every state was reached', BOTH)], people: 'one way in that works for somebody is not enough: try whole meetings' },
]
