//! What a client offers after its first offer.

use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, Mid};

use super::World;

/// What a party says of one of its slots in a further offer.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Wanted {
    pub(in super::super) received: bool,
    /// As a presentation.
    pub(in super::super) slides: bool,
}

impl World {
    /// A party offers again if it receives in other slots than before, and says what
    /// it wants of each.
    pub(in super::super) fn offer_again(&mut self, number: usize, wanted: &[Wanted]) {
        let party = &mut self.parties[number];
        let mut change = party.rtc.sdp_api();
        for (mid, wanted) in party.slots.iter().zip(wanted) {
            let direction = match wanted.received {
                true => Direction::RecvOnly,
                false => Direction::Inactive,
            };
            change.set_direction(*mid, direction);
        }
        let Some((offer, pending)) = change.apply() else {
            return;
        };
        let offer = marked(&offer, &party.slots, wanted);
        let opened = self.board.change(party.call, &offer, self.now).unwrap();
        let answer = SdpAnswer::from_sdp_string(&opened.answer).unwrap();
        let party = &mut self.parties[number];
        party.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }
}

/// The offer, with the slots that are to be presentations marked as such.
fn marked(offer: &SdpOffer, slots: &[Mid], wanted: &[Wanted]) -> String {
    let mut text = offer.to_sdp_string();
    for (mid, _) in slots.iter().zip(wanted).filter(|(_, wanted)| wanted.slides) {
        let line = format!("a=mid:{mid}\r\n");
        text = text.replace(&line, &format!("{line}a=content:slides\r\n"));
    }
    text
}
