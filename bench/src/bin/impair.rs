//! A bad network in front of a hub's media port, told what to do line by line.
//!
//! Prints `listening ADDRESS`, then answers each line of standard input with one
//! of its own, and ends with its input. A line is a JSON object:
//!
//! - `{"network": {"up": {"loss": 0.05}, "down": {"delay_ms": 300}, "udp_blocked": true}}`:
//!   the network from now on; what is left out is perfect. `ok`, or `error` and why.
//! - `{"rebind": true}`: clients come from other ports from now on. `ok`.
//! - `{"counts": true}`: what was passed on and lost, as JSON.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde::Deserialize;
use vdx_bench::impairment::{Network, Relay};

/// A relay for UDP and TCP that behaves like a bad network.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where clients come in.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The hub's media port.
    #[arg(long)]
    target: SocketAddr,
    /// Two runs with the same seed lose the same packets.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Network(Network),
    Rebind(bool),
    Counts(bool),
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Beside the runtime's threads, this one waits for orders.
    let runtime = tokio::runtime::Runtime::new()?;
    let start = Relay::start(arguments.listen, arguments.target, arguments.seed);
    let relay = runtime.block_on(start)?;
    println!("listening {}", relay.address());
    for line in std::io::stdin().lines() {
        match obey(&relay, &line?) {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("error {error:#}"),
        }
    }
    Ok(())
}

fn obey(relay: &Relay, line: &str) -> Result<String> {
    match serde_json::from_str(line).context("no such order")? {
        Order::Network(network) => relay.set(network)?,
        Order::Rebind(true) => relay.rebind(),
        Order::Counts(true) => return Ok(serde_json::to_string(&relay.counts())?),
        Order::Rebind(false) | Order::Counts(false) => {}
    }
    Ok("ok".to_owned())
}
