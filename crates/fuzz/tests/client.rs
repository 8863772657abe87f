//! Replays the corpus of the client API against a whole hub.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod corpus;

use vdx_fuzz::{client, seeds};

#[test]
fn the_corpus_and_the_seeds_do_no_harm() {
    let inputs = corpus::of("client");
    println!("client: {} inputs", inputs.len());
    assert!(!inputs.is_empty(), "the corpus is missing");
    for input in inputs.iter().chain(&seeds::of("client")) {
        client(input);
    }
}
