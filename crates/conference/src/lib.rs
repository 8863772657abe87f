//! Live rooms: who may come in and as what, who is there, who waits, who is in
//! whose slot.
//!
//! The rules are pure or sans-IO: [`admission`], [`capacity`], [`speaker`],
//! [`slots`], [`codec`], [`quality`] and the state machine [`state::Conference`]. [`Conferences`] is the
//! rim around them: it keeps the conferences of this node, talks to the media
//! engine, and carries events to the clients that listen.

pub mod admission;
pub mod candidate;
pub mod capacity;
pub mod codec;
mod conferences;
pub mod door;
mod event;
mod meter;
mod name;
pub mod quality;
pub mod slots;
pub mod speaker;
pub mod state;
pub mod token;
pub mod tries;

#[cfg(test)]
mod testing;

pub use conferences::{
    BegunTest, CallAnswer, CallError, Conferences, Counts, Entered, EventId, InvalidEventId,
    Issued, LiveCall, MediaEvents, MediaSink, MonthFigures, Occupancy, ParticipantFigures, Parts,
    QualitySeconds, REPLAY, Refusals, Session, ShownPicture, SlotWishes, Subscription,
    TEST_LIFETIME, TestRefused, TestTold, ToldEvent, Way, media_channel,
};
pub use event::{
    ConferenceView, Ending, Event, LayoutView, Message, ParticipantView, QualityView, Referral,
    SlotView, StageEntry,
};
pub use name::DisplayName;
pub use token::Validity;
