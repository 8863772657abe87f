//! What mixed sound costs: the mixing itself, without a network. All voices
//! speak all the time, in packets of 20 ms.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use opus::{Application, Channels};
use vdx_domain::{CallId, ConferenceId};
use vdx_mix::{FRAME, Joining, MAX_VOICES, Mix, Mixer, Packet, SAMPLE_RATE, TICK, Tune};

use crate::figure::Figure;

/// Frames of a window: 10 s of sound.
const FRAMES: usize = 500;
/// What a tick may take before mixing falls behind.
const TICK_MICROSECONDS: f64 = 20_000.0;

/// Measures windows of sound and gives the figures: the time of a mix of two,
/// three and eight voices (each decoded once, their sum encoded), and what a
/// participant costs where three talk at once and each hears the other two.
///
/// # Errors
/// When libopus fails.
pub fn measure(windows: usize) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for voices in [2, 3, MAX_VOICES] {
        let all: Vec<usize> = (0..voices).collect();
        let costs = costs(voices, &[all], windows)?;
        let name = format!("mix.of_{voices}");
        figures.extend(Figure::with_noise(&name, &costs, "us"));
    }
    let others = |own: usize| (0..3).filter(|voice| *voice != own).collect();
    let own: Vec<Vec<usize>> = (0..3).map(others).collect();
    let costs = costs(3, &own, windows)?;
    let share = |cost: &f64| 100.0 * cost / 3.0 / TICK_MICROSECONDS;
    let shares: Vec<f64> = costs.iter().map(share).collect();
    figures.extend(Figure::with_noise("mix.cpu_per_participant", &shares, "%"));
    Ok(figures)
}

/// Microseconds of a room's 20 ms, for each window.
fn costs(voices: usize, mixes: &[Vec<usize>], windows: usize) -> Result<Vec<f64>> {
    let ids: Vec<CallId> = (0..voices).map(|_| CallId::generate()).collect();
    let speech: Vec<Vec<Packet>> = (0..voices).map(speech).collect::<Result<_>>()?;
    let voices_of = |mix: &Vec<usize>| mix.iter().filter_map(|n| ids.get(*n).copied()).collect();
    let mixes: Vec<Mix> = mixes
        .iter()
        .map(|mix| Mix {
            id: CallId::generate(),
            voices: voices_of(mix),
        })
        .collect();
    (0..windows)
        .map(|_| window(&ids, &speech, mixes.clone()))
        .collect()
}

fn window(ids: &[CallId], speech: &[Vec<Packet>], mixes: Vec<Mix>) -> Result<f64> {
    let (mut mixer, room) = (Mixer::default(), ConferenceId::generate());
    let mut now = Instant::now();
    let joining = ids.iter().map(|voice| Joining {
        voice: *voice,
        before: Vec::new(),
        going_on: false,
    });
    mixer.tune(Tune {
        room,
        mixes,
        joining: joining.collect(),
        first_due: now,
    });
    let begun = thread_time()?;
    for frame in 0..FRAMES {
        for (id, packets) in ids.iter().zip(speech) {
            let packet = packets.get(frame).context("too little speech")?;
            mixer.hear(room, *id, packet.clone());
        }
        let mixed = mixer.mix(room, now).context("the room is gone")?;
        anyhow::ensure!(!mixed.frames.is_empty(), "nothing was mixed");
        now += TICK;
    }
    let spent = thread_time()?.saturating_sub(begun);
    Ok(spent.as_secs_f64() * 1e6 / FRAMES as f64)
}

/// Processor time of this thread, which others on the machine do not lengthen.
fn thread_time() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().context("an empty schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Sound with the harmonics, the syllables and the breath of a voice.
fn speech(voice: usize) -> Result<Vec<Packet>> {
    let mut encoder = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
    let pitch = 110.0 + 23.0 * voice as f64;
    let mut noise = 0x2545_f491_u32 | 1;
    let mut sample = |n: usize| {
        let time = n as f64 / f64::from(SAMPLE_RATE);
        let syllable = (std::f64::consts::TAU * (3.0 + 0.3 * voice as f64) * time).sin();
        let harmonic = |k: u32| {
            let k = f64::from(k);
            (std::f64::consts::TAU * pitch * k * time).sin() / k
        };
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let breath = f64::from(noise) / f64::from(u32::MAX) - 0.5;
        let tone: f64 = (1..20).map(harmonic).sum();
        ((0.12 * tone + 0.03 * breath) * (0.6 + 0.4 * syllable)) as f32
    };
    (0..FRAMES)
        .map(|frame| {
            let samples: Vec<f32> = (frame * FRAME..(frame + 1) * FRAME)
                .map(&mut sample)
                .collect();
            Ok(Packet {
                sequence: frame as u64,
                timestamp: u32::try_from(frame * FRAME)?,
                payload: Arc::from(encoder.encode_vec_float(&samples, 400)?),
            })
        })
        .collect()
}
