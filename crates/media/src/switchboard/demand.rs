//! Which layers of a camera anybody needs: the others are not to be sent.

use std::collections::HashSet;
use std::time::Instant;

use vdx_domain::{CallId, ConferenceId};

use super::Switchboard;
use crate::call::Granted;
use crate::types::{Content, MediaEvent};

impl Switchboard {
    /// Tells the senders of a conference which of their layers are needed, where
    /// that has changed. Beside the layers that receivers get or will get it is
    /// the smallest one of each camera that anybody sees: whose bandwidth falls
    /// short has to find it flowing.
    pub(super) fn tell_needed_layers(&mut self, conference: ConferenceId, now: Instant) {
        let members = self.rooms.get(&conference).map(|room| room.members.clone());
        let members = members.unwrap_or_default();
        let mut wants_larger = HashSet::new();
        for receiver in &members {
            self.note_needs(*receiver, &mut wants_larger, now);
        }
        for id in members {
            let Some(call) = self.calls.get_mut(&id).filter(|c| c.is_connected()) else {
                continue;
            };
            let larger = wants_larger.contains(&id);
            let needed = call.encodings(Content::Main).tell_needed(larger, now);
            if let Some(rids) = needed {
                self.events.push(MediaEvent::LayersNeeded {
                    conference,
                    call: id,
                    rids: rids.iter().map(ToString::to_string).collect(),
                });
            }
        }
    }

    fn note_needs(&mut self, receiver: CallId, wants_larger: &mut HashSet<CallId>, now: Instant) {
        let Some(call) = self.calls.get(&receiver) else {
            return;
        };
        let slots = call
            .slots
            .iter()
            .filter(|s| s.slot.content == Content::Main);
        let needs: Vec<_> = slots
            .filter_map(|s| Some((s.source?, s.shown, s.granted, s.stream.forwarding())))
            .collect();
        for (source, shown, granted, going_on) in needs {
            let Some(sender) = self.calls.get_mut(&source) else {
                continue;
            };
            let smallest = match granted {
                Granted::Layer { ssrc, larger } => {
                    if larger {
                        wants_larger.insert(source);
                    }
                    sender.encodings(Content::Main).need(ssrc, now);
                    true
                }
                // Nothing is known of its layers yet.
                Granted::Undecided if shown != Some(0) => {
                    wants_larger.insert(source);
                    true
                }
                Granted::Undecided | Granted::Nothing => false,
            };
            let encodings = sender.encodings(Content::Main);
            if smallest {
                encodings.need_smallest(now);
            }
            if let Some(layer) = going_on.filter(|layer| layer.source == source) {
                encodings.need(layer.ssrc, now);
            }
        }
    }
}
