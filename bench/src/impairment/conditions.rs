//! What a bad network does, in numbers.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// One direction of a path. The default is a perfect one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// Share of packets that are lost, 0 to 1.
    pub loss: f64,
    /// How many packets are lost in a row on average (Gilbert's model), 1 or
    /// more; 0 = each packet's loss has nothing to do with the one before.
    pub burst: f64,
    /// How long each packet takes, in milliseconds, at most 60,000.
    pub delay_ms: u32,
    /// Up to how many milliseconds more, evenly spread, without overtaking; at
    /// most 60,000.
    pub jitter_ms: u32,
    /// Share of packets that are held back for [`Conditions::reorder_ms`] and
    /// overtaken by those behind them, 0 to 1.
    pub reorder: f64,
    /// For how long those are held back, in milliseconds, at most 60,000.
    pub reorder_ms: u32,
    /// Bits a second that fit, counted with 28 bytes of IPv4 and UDP headers a
    /// packet; 0 = all.
    pub rate: u64,
    /// Bytes that may wait for their turn where `rate` is set; what comes on
    /// top is lost.
    pub queue: u64,
    /// Nothing gets through.
    pub blackout: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            loss: 0.0,
            burst: 0.0,
            delay_ms: 0,
            jitter_ms: 0,
            reorder: 0.0,
            reorder_ms: 30,
            rate: 0,
            // What a home router keeps at 1 Mbit/s for a quarter of a second.
            queue: 32_000,
            blackout: false,
        }
    }
}

/// The longest delay that can be asked for.
const MAX_DELAY_MS: u32 = 60_000;

impl Conditions {
    /// Refuses numbers that mean nothing.
    ///
    /// # Errors
    /// Names the number.
    pub fn check(&self) -> Result<()> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        ensure!(share(self.loss), "loss must be 0 to 1");
        ensure!(share(self.reorder), "reorder must be 0 to 1");
        ensure!(
            self.burst == 0.0 || (1.0..=1e6).contains(&self.burst),
            "burst must be 0, or 1 or more"
        );
        let longest = self.delay_ms.max(self.jitter_ms).max(self.reorder_ms);
        ensure!(
            longest <= MAX_DELAY_MS,
            "a delay is at most {MAX_DELAY_MS} ms"
        );
        Ok(())
    }

    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.into())
    }
}

/// A path both ways, for each client by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// From clients to the hub.
    pub up: Conditions,
    /// From the hub to clients.
    pub down: Conditions,
    /// A firewall that drops all UDP.
    pub udp_blocked: bool,
    /// A firewall that lets no TCP connection through, and ends those there are.
    pub tcp_blocked: bool,
}

impl Network {
    /// The same conditions both ways.
    #[must_use]
    pub fn both(conditions: Conditions) -> Self {
        Self {
            up: conditions,
            down: conditions,
            ..Self::default()
        }
    }

    /// Refuses numbers that mean nothing.
    ///
    /// # Errors
    /// Names the number.
    pub fn check(&self) -> Result<()> {
        self.up.check()?;
        self.down.check()
    }
}
