//! What can be set on a room.

use serde::{Deserialize, Serialize};

use crate::role::words;

words!(
    /// Conference among equals, or lecture: few hosts, many guests.
    VmrType {
        /// Everybody sees everybody.
        Conference = "conference",
        /// Guests see hosts only.
        Lecture = "lecture",
    }
);

words!(
    /// A view: number of large pictures ("mains") and small ones ("pips").
    ViewType {
        /// 1 + 0.
        OneMainZeroPips = "one_main_zero_pips",
        /// 1 + 7.
        OneMainSevenPips = "one_main_seven_pips",
        /// 1 + 21.
        OneMainTwentyonePips = "one_main_twentyone_pips",
        /// 2 + 21.
        TwoMainsTwentyonePips = "two_mains_twentyone_pips",
        /// 4 + 0.
        FourMainsZeroPips = "four_mains_zero_pips",
        /// 5 + 7.
        FiveMainsSevenPips = "five_mains_seven_pips",
        /// 1 + 33.
        OneMainThirtythreePips = "one_main_thirtythree_pips",
        /// 9 + 0.
        NineMainsZeroPips = "nine_mains_zero_pips",
        /// 16 + 0.
        SixteenMainsZeroPips = "sixteen_mains_zero_pips",
        /// 25 + 0.
        TwentyfiveMainsZeroPips = "twentyfive_mains_zero_pips",
    }
);

/// How many pictures a view has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pictures {
    /// Large ones.
    pub large: u8,
    /// Small ones.
    pub small: u8,
}

impl ViewType {
    /// How many pictures the view has: one to twenty-five large ones, none to
    /// thirty-three small ones.
    #[must_use]
    pub const fn pictures(self) -> Pictures {
        let (large, small) = match self {
            Self::OneMainZeroPips => (1, 0),
            Self::OneMainSevenPips => (1, 7),
            Self::OneMainTwentyonePips => (1, 21),
            Self::TwoMainsTwentyonePips => (2, 21),
            Self::FourMainsZeroPips => (4, 0),
            Self::FiveMainsSevenPips => (5, 7),
            Self::OneMainThirtythreePips => (1, 33),
            Self::NineMainsZeroPips => (9, 0),
            Self::SixteenMainsZeroPips => (16, 0),
            Self::TwentyfiveMainsZeroPips => (25, 0),
        };
        Pictures { large, small }
    }
}

words!(
    /// Ceiling for the quality of calls.
    VmrQuality {
        /// Standard definition.
        Sd = "sd",
        /// 720p.
        Hd = "hd",
        /// 1080p.
        Fullhd = "fullhd",
    }
);

impl VmrQuality {
    /// Rows of the largest picture.
    #[must_use]
    pub const fn tallest(self) -> u16 {
        match self {
            Self::Sd => 480,
            Self::Hd => 720,
            Self::Fullhd => 1080,
        }
    }
}

words!(
    /// Whether two browsers may send media to each other directly.
    DirectMedia {
        /// Always through the hub.
        Never = "never",
        /// Directly while only two are there.
        BestEffort = "best_effort",
    }
);

/// The settings of a room, complete: no value is left to chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSettings {
    /// Conference or lecture.
    pub vmr_type: VmrType,
    /// Layout seen by hosts.
    pub host_view: ViewType,
    /// Layout seen by guests.
    pub guest_view: ViewType,
    /// Quality ceiling.
    pub vmr_quality: VmrQuality,
    /// Names drawn on the pictures.
    pub enable_overlay_text: bool,
    /// Guests may share content.
    pub guests_can_present: bool,
    /// The presenting host stands in the main position.
    pub force_presenter_into_main: bool,
    /// Refuse media that is not encrypted.
    pub force_encryption: bool,
    /// Guests are muted on entry.
    pub mute_all_guests: bool,
    /// Direct media between two browsers.
    pub direct_media: DirectMedia,
    /// Most participants; 0 = no limit.
    pub max_participants: u32,
    /// Disconnect everybody at the end time.
    pub end_meeting_on_end_time: bool,
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            vmr_type: VmrType::Conference,
            host_view: ViewType::OneMainSevenPips,
            guest_view: ViewType::OneMainSevenPips,
            vmr_quality: VmrQuality::Hd,
            enable_overlay_text: true,
            guests_can_present: true,
            force_presenter_into_main: true,
            force_encryption: false,
            mute_all_guests: false,
            direct_media: DirectMedia::Never,
            max_participants: 0,
            end_meeting_on_end_time: false,
        }
    }
}

impl RoomSettings {
    /// The nine settings a booking may name, a digit each, in the order of the
    /// fields: rooms with the same code are alike to those who book them. With
    /// `_` in the place of what is left open it is a pattern for SQL's `LIKE`.
    #[must_use]
    pub fn code(&self) -> String {
        fn place<T: PartialEq>(all: &[T], word: &T) -> usize {
            all.iter().position(|one| one == word).unwrap_or_default()
        }
        let views = |view| place(ViewType::ALL, view);
        let digits = [
            place(VmrType::ALL, &self.vmr_type),
            views(&self.host_view),
            views(&self.guest_view),
            place(VmrQuality::ALL, &self.vmr_quality),
            usize::from(self.enable_overlay_text),
            usize::from(self.guests_can_present),
            usize::from(self.force_presenter_into_main),
            usize::from(self.force_encryption),
            usize::from(self.mute_all_guests),
        ];
        digits.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_a_booking_may_name_has_its_digit() {
        let base = RoomSettings::default();
        assert_eq!(base.code(), "011111100");
        type Change = fn(&mut RoomSettings);
        let changes: [(Change, &str); 9] = [
            (|s| s.vmr_type = VmrType::Lecture, "111111100"),
            (
                |s| s.host_view = ViewType::TwentyfiveMainsZeroPips,
                "091111100",
            ),
            (|s| s.guest_view = ViewType::OneMainZeroPips, "010111100"),
            (|s| s.vmr_quality = VmrQuality::Fullhd, "011211100"),
            (|s| s.enable_overlay_text = false, "011101100"),
            (|s| s.guests_can_present = false, "011110100"),
            (|s| s.force_presenter_into_main = false, "011111000"),
            (|s| s.force_encryption = true, "011111110"),
            (|s| s.mute_all_guests = true, "011111101"),
        ];
        for (change, code) in changes {
            let mut settings = base.clone();
            change(&mut settings);
            assert_eq!(settings.code(), code);
        }
        // What no booking names makes no difference.
        let other = RoomSettings {
            max_participants: 7,
            end_meeting_on_end_time: true,
            direct_media: DirectMedia::BestEffort,
            ..base
        };
        assert_eq!(other.code(), "011111100");
        // Ten words at most, so that each has one digit.
        assert!(ViewType::ALL.len() <= 10);
    }
}
