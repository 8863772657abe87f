//! The state machine, rule by rule.

mod allowance;
mod calls;
mod chat;
mod direct;
mod door;
mod floor;
mod layers;
mod muting;
mod people;
mod quality;
mod random;
mod records;
mod resuming;
mod returning;
mod rig;
mod roster;
mod timers;

use vdx_domain::{EndpointKind, LegEnd};
use vdx_media::{CallStatistics, CloseReason, Content, Slot, SlotSection, VideoCodec};
use vdx_store::CallRecord;

use super::*;
use crate::DisplayName;
use crate::event::{ConferenceView, SlotView};
use crate::testing::{at, room};
use rig::*;

const HOST: ParticipantRole = ParticipantRole::Host;
const GUEST: ParticipantRole = ParticipantRole::Guest;
