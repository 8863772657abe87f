//! What fuzzing begins with: inputs that are right, so that it does not have to
//! find out by itself what an offer or a packet looks like.

use serde_json::json;
use vdx_api::openapi;
use vdx_media::fuzzing::{OFFER, UFRAG, input, media, stun_check};

use crate::client::MYSELF;

/// The inputs of a target; none for a name that is no target's.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "sdp" => descriptions(),
        "stun" => checks(),
        "rtp" => packets(),
        "rtcp" => reports(),
        "client" => calls(),
        _ => Vec::new(),
    }
}

fn descriptions() -> Vec<Vec<u8>> {
    let restart = OFFER.replace("a=ice-ufrag:peer", "a=ice-ufrag:other");
    let simulcast = OFFER.replace(
        "a=ssrc-group:FID 1002 1003\na=ssrc:1002 cname:peer\na=ssrc:1003 cname:peer\n",
        "a=rid:l send\na=rid:m send\na=rid:h send\na=simulcast:send l;m;h\n",
    );
    let receiving = OFFER.replace("a=sendrecv", "a=recvonly");
    let sending = OFFER.replace("a=sendrecv", "a=sendonly");
    let pictures = OFFER.replace("a=content:slides\n", "");
    let first_left_out = OFFER.replacen("a=sendrecv", "a=inactive", 2);
    [
        OFFER.to_owned(),
        format!("{OFFER}\0{restart}"),
        format!("{simulcast}\0{OFFER}"),
        format!("{OFFER}\0{sending}\0{receiving}\0{first_left_out}\0{OFFER}"),
        format!("{pictures}\0{first_left_out}\0{pictures}\0{restart}"),
        receiving,
    ]
    .map(String::into_bytes)
    .to_vec()
}

fn checks() -> Vec<Vec<u8>> {
    let check = stun_check(UFRAG);
    let mut response = check.clone();
    response[..2].copy_from_slice(&[1, 1]);
    let mut indication = check.clone();
    indication[..2].copy_from_slice(&[0, 0x11]);
    let hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    vec![
        input(std::slice::from_ref(&check)),
        input(&[check.clone(), check.clone(), hello]),
        input(&[response, indication, stun_check(b"nobody")]),
        input(&[check, vec![0x80; 40]]),
    ]
}

fn packets() -> Vec<Vec<u8>> {
    let run = |kind, source: u32| -> Vec<Vec<u8>> {
        (0..6).map(|number| media(kind, source, number)).collect()
    };
    let mut jump = run(96, 1002);
    jump.push(media(96, 1002, 40_000));
    jump.push(media(96, 1002, 5));
    // One-byte header extensions (RFC 8285): audio level, and the mid.
    let mut extended = media(111, 1001, 1);
    extended[0] |= 0x10;
    extended.splice(12..12, [0xbe, 0xde, 0, 1, 0x10, 0x85, 0x40, b'0']);
    // RTX (RFC 4588) of the first picture.
    let mut repair = media(97, 1003, 1);
    repair.splice(12..12, [0, 0]);
    vec![
        input(&run(111, 1001)),
        input(&run(96, 1002)),
        input(&run(106, 1002)),
        input(&jump),
        input(&[extended, repair, media(96, 77, 1)]),
    ]
}

fn reports() -> Vec<Vec<u8>> {
    let words =
        |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let sender = words(&[0x80c8_0006, 1002, 0x1234_5678, 0, 90_000, 5, 500]);
    let receiver = words(&[0x81c9_0007, 1002, 1, 0x0100_0002, 3, 7, 0, 0]);
    let lost_picture = words(&[0x81ce_0002, 1002, 1]);
    let full_picture = words(&[0x84ce_0004, 1002, 0, 1, 0x0100_0000]);
    let lost = words(&[0x81cd_0003, 1002, 1, 0x0001_0003]);
    let feedback = words(&[0x8fcd_0005, 1002, 1, 0x0000_0002, 0x0000_0100, 0x2002_0404]);
    let remb = words(&[0x8fce_0005, 1002, 0, 0x5245_4d42, 0x0103_ffff, 1]);
    let nothing = words(&[0x8fcd_0005, 1002, 1, 0x0000_1fff, 0x0000_0100, 0x1fff_0000]);
    let names = [&words(&[0x81ca_0002, 1002])[..], &[1, 1, b'x', 0]].concat();
    let bye = words(&[0x81cb_0001, 1002]);
    let compound = [sender.clone(), names.clone(), lost_picture.clone()].concat();
    vec![
        input(&[sender, receiver]),
        input(&[lost_picture, full_picture, lost]),
        input(&[feedback.clone(), feedback, remb]),
        input(&[compound]),
        input(&[names, bye]),
        // What never came, as often as a datagram can say it.
        input(&[nothing.repeat(57)]),
    ]
}

/// Every operation of the served document, with what bodies hold.
fn calls() -> Vec<Vec<u8>> {
    let document = openapi::document("client-v2").expect("the client API's document");
    let body = json!({
        "display_name": "A", "call_type": "WEBRTC", "sdp": OFFER, "payload": "hello",
        "type": "text/plain", "role": "guest", "enable": true, "reason": "x", "text": "A",
        "position": 1, "minutes": 5, "phone": "+4520123456", "vdx": { "check": true, "video_slots": 3, "audio_slots": 2 },
    });
    let under_room = "/conferences/{alias}/";
    let paths = document.paths.paths.keys();
    paths
        .filter_map(|path| path.strip_prefix(under_room))
        .map(|path| {
            let path = path
                .replace("{participant}", MYSELF)
                .replace("{call}", "00000000-0000-0000-0000-000000000000");
            format!("{path}\n\n{body}").into_bytes()
        })
        .collect()
}
