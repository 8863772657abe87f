//! Replays the corpus of the targets that need no hub. A process of its own:
//! its cryptography is one that can be seen through.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod corpus;

use vdx_fuzz::{MEDIA, rtp, sdp, seeds};

#[test]
fn the_corpus_and_the_seeds_do_no_harm() {
    for (target, run) in MEDIA {
        let inputs = corpus::of(target);
        println!("{target}: {} inputs", inputs.len());
        assert!(!inputs.is_empty(), "the corpus of {target} is missing");
        for input in inputs.iter().chain(&seeds::of(target)) {
            run(input);
        }
    }
}

#[test]
fn the_targets_reach_what_is_behind_the_ciphers() {
    let forwarded: u64 = seeds::of("rtp").iter().map(|seed| rtp(seed)).sum();
    println!("{forwarded} packets forwarded");
    assert!(forwarded >= 10, "{forwarded} packets forwarded");
    let sent: usize = seeds::of("sdp").iter().map(|seed| sdp(seed)).sum();
    println!("{sent} packets between offers");
    assert!(sent >= 50, "{sent} packets between offers");
}
