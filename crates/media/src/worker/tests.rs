//! A worker whose turns are the test's.

use vdx_bench::{Endpoint, Generator, Plan};
use vdx_domain::{ConferenceId, VmrQuality};
use vdx_mix::MixerThread;

use super::*;
use crate::call::CallSettings;
use crate::egress::keys;

const PATIENCE: Duration = Duration::from_secs(30);

struct Rig {
    worker: Worker,
    mailbox: Mailbox,
    told: std::sync::mpsc::Receiver<MediaEvent>,
    ready: Events,
}

impl Rig {
    fn new() -> Self {
        let now = Instant::now();
        let socket = crate::udp::open("127.0.0.1:0".parse().unwrap()).unwrap();
        let provider = keys::provider();
        let settings = CallSettings {
            candidates: vec![socket.local_addr().unwrap()],
            certificate: provider.dtls_provider.generate_certificate().unwrap(),
            consent: Duration::from_secs(20),
            provider: Arc::new(provider),
            started: now,
        };
        let poll = Poll::new().unwrap();
        let (mailbox, commands) = Mailbox::new(&poll).unwrap();
        let (demux, counters) = (Arc::<Demux>::default(), Arc::<SharedCounters>::default());
        let (events, told) = std::sync::mpsc::channel();
        let worker = Worker::new(Parts {
            index: 0,
            poll,
            udp: UdpPort::new(socket).unwrap(),
            listener: None,
            commands,
            mailboxes: vec![mailbox.clone()],
            switchboard: Switchboard::new(
                0,
                Arc::new(settings),
                Arc::clone(&demux),
                Arc::clone(&counters),
                MixerThread::absent(),
                now,
            ),
            demux,
            counters,
            lives: Arc::new(Lives::new(1, now)),
            events: Arc::new(move |event| events.send(event).unwrap()),
        });
        Self {
            worker: worker.unwrap(),
            mailbox,
            told,
            ready: Events::with_capacity(64),
        }
    }

    fn open(&mut self, offer: &str) -> (CallId, CallOpened) {
        let call = CallId::generate();
        let asked = OpenCall {
            conference: ConferenceId::generate(),
            call,
            offer: offer.to_owned(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        };
        let (reply, mut answer) = oneshot::channel();
        let sent = self.mailbox.send(Command::Open(Box::new(asked), reply));
        assert!(sent.is_ok());
        self.worker.turn(&mut self.ready);
        (call, answer.try_recv().unwrap().unwrap())
    }

    /// Lets the worker work until it tells what is wanted.
    fn until(&mut self, wanted: impl Fn(&MediaEvent) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !self.told.try_iter().any(|event| wanted(&event)) {
            assert!(Instant::now() < end, "waited in vain");
            self.worker.turn(&mut self.ready);
        }
    }

    fn until_closed(&mut self, ended: CallId) {
        self.until(|event| matches!(event, MediaEvent::Closed { call, .. } if *call == ended));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_forgotten_with_their_calls() {
    let mut rig = Rig::new();
    let generator = Generator::start().unwrap();
    for _ in 0..5 {
        // Each has a port of its own.
        let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
        let (call, opened) = rig.open(offering.offer());
        let endpoint = offering.answered(&opened.answer).unwrap();
        generator.add(endpoint).await.unwrap();
        rig.until(|event| matches!(event, MediaEvent::Connected { .. }));
        assert_eq!(rig.worker.routes.len(), 1);
        rig.mailbox.decide(Decision::Close(call));
        rig.until_closed(call);
        assert!(rig.worker.routes.is_empty(), "{:?}", rig.worker.routes);
    }
    assert!(rig.worker.parts.demux.is_empty());
}

#[test]
fn what_was_decided_comes_about_however_full_the_mailbox_is() {
    let mut rig = Rig::new();
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let (call, _) = rig.open(offering.offer());
    let question = || Command::AreYouThere(oneshot::channel().0);
    while rig.mailbox.send(question()).is_ok() {}
    rig.mailbox.decide(Decision::Close(call));
    rig.until_closed(call);
    while rig.mailbox.send(question()).is_ok() {}
    rig.mailbox.decide(Decision::Stop);
    rig.worker.turn(&mut rig.ready);
    assert!(rig.worker.stopping);
}
