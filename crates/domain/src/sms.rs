//! The words of text messages.

use crate::role::words;

words! {
    /// How far a text message has come. The last two are ends.
    SmsStatus {
        /// It waits to be handed to the gateway.
        Queued = "queued",
        /// The gateway has it.
        Sent = "sent",
        /// The phone has it.
        Delivered = "delivered",
        /// It will not arrive.
        Failed = "failed",
    }
}

words! {
    /// Why a text message failed.
    SmsFailure {
        /// The gateway refused it.
        Refused = "refused",
        /// The gateway could not bring it to the phone.
        Undelivered = "undelivered",
        /// The meeting ended, or the gateway's time ran out, before it arrived.
        Expired = "expired",
        /// The gateway was asked as often as is sensible.
        GaveUp = "gave_up",
        /// The gateway was asked once and whether it took the message never
        /// became known. It is not sent again: it may have arrived.
        Unknown = "unknown",
    }
}

words! {
    /// How the characters of a text message are carried (3GPP TS 23.038).
    SmsEncoding {
        /// The GSM alphabet of seven bits.
        Gsm = "gsm",
        /// Sixteen bits a character, for all that the GSM alphabet lacks.
        Ucs2 = "ucs2",
    }
}
