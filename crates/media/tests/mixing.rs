//! Mixed sound with real clients: tones in real Opus, over ICE, DTLS and SRTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use opus::Channels;
use vdx_bench::source::SendPlan;
use vdx_bench::{Endpoint, Generator, Heard, Plan, Tape, Voice};
use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_media::{Assignment, Config, Content, Engine, OpenCall, Slot};

const PATIENCE: Duration = Duration::from_secs(60);
const SAMPLE_RATE: u32 = 48_000;
/// Samples of a packet.
const FRAME: usize = 960;
/// Packets of half a second.
const HALF: usize = 25;
/// Tones of whole periods in half a second, none a multiple of another.
const TONES: [f64; 3] = [440.0, 700.0, 1_130.0];
/// What is heard of a tone that is there; the clients send a quarter of full scale.
const THERE: f64 = 0.15;
/// What is heard at most of one that is not.
const GONE: f64 = 0.01;

struct Client {
    call: CallId,
    speaks: Arc<AtomicBool>,
    sent: vdx_bench::Sent,
    tape: Tape,
}

impl Client {
    fn speak(&self, speaks: bool) {
        self.speaks.store(speaks, Ordering::Relaxed);
    }
}

/// Three clients with one place for sound each.
struct Rig {
    engine: Engine,
    /// Runs the clients until it is dropped.
    _generator: Generator,
    conference: ConferenceId,
    clients: Vec<Client>,
}

impl Rig {
    async fn start() -> Result<Self> {
        let config = Config {
            listen: "127.0.0.1:0".parse()?,
            announce: Vec::new(),
            loopback: true,
            threads: 1,
            max_calls: 100,
            consent_timeout: Duration::from_secs(20),
        };
        let engine = Engine::start(&config, |_| ())?;
        let (generator, conference) = (Generator::start()?, ConferenceId::generate());
        let mut clients = Vec::new();
        for hertz in TONES {
            clients.push(join(&engine, &generator, conference, hertz).await?);
        }
        let rig = Self {
            engine,
            _generator: generator,
            conference,
            clients,
        };
        rig.seat(&[0, 1, 2]);
        Ok(rig)
    }

    /// Lets everybody hear the others of those who may be heard.
    fn seat(&self, audible: &[usize]) {
        let mut table = Vec::new();
        for receiver in &self.clients {
            for source in audible.iter().filter_map(|n| self.clients.get(*n)) {
                table.push(Assignment {
                    receiver: receiver.call,
                    slot: Slot {
                        content: Content::Audio,
                        index: 0,
                    },
                    source: source.call,
                    large: true,
                });
            }
        }
        self.engine.assign(self.conference, table);
    }

    fn speak(&self, speaking: [bool; 3]) {
        for (client, speaks) in self.clients.iter().zip(speaking) {
            client.speak(speaks);
        }
    }

    /// Waits until a client hears these tones and no others.
    async fn hears(&self, client: usize, expected: [bool; 3]) -> Result<()> {
        let tape = &self.clients[client].tape;
        let deadline = Instant::now() + PATIENCE;
        loop {
            // The decoder has come to itself when the last half of a second begins.
            let heard = tape.from(tape.len().saturating_sub(3 * HALF));
            let sound = decode(&heard)?;
            if sound.len() >= 2 * HALF * FRAME {
                let last = &sound[sound.len() - HALF * FRAME..];
                let tones = TONES.map(|hertz| amplitude(last, hertz));
                let right = |(there, amplitude): (bool, f64)| match there {
                    true => amplitude > THERE,
                    false => amplitude < GONE,
                };
                if expected.into_iter().zip(tones).all(right) {
                    return Ok(());
                }
                ensure!(Instant::now() < deadline, "{client} hears {tones:?}");
            }
            ensure!(Instant::now() < deadline, "{client} hears nothing");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a client gets another's packets as they were sent.
    async fn gets_packets_of(&self, client: usize, source: usize) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let (tape, sent) = (&self.clients[client].tape, &self.clients[source].sent);
        loop {
            let last = tape.from(tape.len().saturating_sub(10));
            if last.len() == 10 && last.iter().all(|heard| sent.has(&heard.payload)) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "still not forwarded");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn join(
    engine: &Engine,
    generator: &Generator,
    conference: ConferenceId,
    hertz: f64,
) -> Result<Client> {
    let plan = Plan {
        send: SendPlan {
            video: None,
            ..SendPlan::CONSULTATION
        },
        video_slots: 1,
        audio_slots: 1,
    };
    let (call, speaks, tape) = (CallId::generate(), Arc::default(), Tape::default());
    let voice = Voice::new(hertz, Arc::clone(&speaks))?;
    let sent = voice.sent();
    let offering = Endpoint::offering(plan)?.with_voice(voice);
    let offering = offering.with_tape(tape.clone());
    let opened = engine
        .open_call(OpenCall {
            conference,
            call,
            offer: offering.offer().to_owned(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        })
        .await?;
    generator.add(offering.answered(&opened.answer)?).await?;
    Ok(Client {
        call,
        speaks,
        sent,
        tape,
    })
}

fn decode(heard: &[Heard]) -> Result<Vec<f32>> {
    let mut decoder = opus::Decoder::new(SAMPLE_RATE, Channels::Mono)?;
    let mut sound = Vec::with_capacity(heard.len() * FRAME);
    for packet in heard {
        let begin = sound.len();
        sound.resize(begin + FRAME, 0.0);
        let decoded = decoder.decode_float(&packet.payload, &mut sound[begin..], false)?;
        ensure!(decoded == FRAME, "{decoded} samples");
    }
    Ok(sound)
}

/// The amplitude of a tone, by Goertzel's algorithm.
fn amplitude(samples: &[f32], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / f64::from(SAMPLE_RATE);
    let coefficient = 2.0 * step.cos();
    let (mut one, mut two) = (0.0_f64, 0.0_f64);
    for sample in samples {
        (one, two) = (f64::from(*sample) + coefficient * one - two, one);
    }
    let power = one * one + two * two - coefficient * one * two;
    2.0 * power.max(0.0).sqrt() / samples.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn three_who_speak_at_once_hear_the_two_others_and_not_themselves() -> Result<()> {
    let rig = Rig::start().await?;
    rig.speak([true, true, true]);
    rig.hears(0, [false, true, true]).await?;
    rig.hears(1, [true, false, true]).await?;
    rig.hears(2, [true, true, false]).await?;

    // Who may not be heard any more is in no mix.
    rig.seat(&[0, 1]);
    rig.hears(2, [true, true, false]).await?;
    rig.hears(0, [false, true, false]).await?;
    rig.hears(1, [true, false, false]).await?;
    rig.gets_packets_of(1, 0).await?;
    rig.seat(&[]);
    let silent = rig.clients[2].tape.len();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let more = rig.clients[2].tape.len() - silent;
    ensure!(more < 10, "{more} packets to one who may hear nobody");
    Ok(())
}

/// What is wrong with a stream that has to be one and unbroken.
fn breaks(heard: &[Heard]) -> Vec<String> {
    let broken = |pair: &[Heard]| {
        let [one, next] = pair else { return None };
        let step = next.timestamp.wrapping_sub(one.timestamp);
        (step as usize != FRAME).then(|| format!("{step} samples after {}", one.sequence))
    };
    heard.windows(2).filter_map(broken).collect()
}

/// Packets after which a decoder that began in the middle is right.
const WARM: usize = 15;

/// The loudness of the quietest 10 ms and the biggest step between two samples.
fn smoothness(sound: &[f32]) -> (f64, f64) {
    let mut quietest = f64::INFINITY;
    for part in sound.chunks_exact(480) {
        let energy: f64 = part.iter().map(|s| f64::from(*s).powi(2)).sum();
        quietest = quietest.min((energy / 480.0).sqrt());
    }
    let steps = sound
        .windows(2)
        .map(|pair| f64::from((pair[1] - pair[0]).abs()));
    (quietest, steps.fold(0.0, f64::max))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_voice_is_forwarded_untouched_and_a_second_makes_no_break() -> Result<()> {
    let rig = Rig::start().await?;
    let tape = &rig.clients[2].tape;
    let mut found = Vec::new();
    // A machine that was busy elsewhere for too long may tear a stream; not every time.
    for _ in 0..5 {
        rig.speak([true, false, false]);
        rig.hears(2, [true, false, false]).await?;
        rig.gets_packets_of(2, 0).await?;
        let begin = tape.len().saturating_sub(HALF);
        rig.speak([true, true, false]);
        rig.hears(2, [true, true, false]).await?;
        ensure!(
            !rig.clients[0]
                .sent
                .has(&tape.from(tape.len() - 1)[0].payload)
        );
        rig.speak([true, false, false]);
        rig.hears(2, [true, false, false]).await?;
        rig.gets_packets_of(2, 0).await?;

        let heard = tape.from(begin);
        let numbered = |pair: &[Heard]| pair[1].sequence == pair[0].sequence + 1;
        ensure!(
            heard.windows(2).all(numbered),
            "sequence numbers are not unbroken"
        );
        found = breaks(&heard);
        let sound = decode(&heard)?;
        let (quietest, step) = smoothness(&sound[WARM * FRAME..]);
        // The tones' own steepest slopes, together.
        let slope = |hertz: f64| 0.25 * std::f64::consts::TAU * hertz / f64::from(SAMPLE_RATE);
        let steepest = slope(TONES[0]) + slope(TONES[1]);
        // A decoder that comes from the mix back to a tone without any pause is
        // too quiet for 60 ms; where something is missing there is nothing.
        if quietest < 0.03 {
            found.push(format!("a gap: {quietest}"));
        }
        if step > 2.0 * steepest {
            found.push(format!("a click: {step}, the tones' own {steepest}"));
        }
        if found.is_empty() {
            return Ok(());
        }
    }
    anyhow::bail!("never unbroken: {found:?}")
}
