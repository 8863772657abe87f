//! Gateways report what became of a message.
//!
//! Each message has an address of its own for this, which ends in a proof that
//! only the hub can make. Who knows one address can speak of one message.

use aws_lc_rs::hmac;
use vdx_domain::{SmsId, SmsStatus};
use vdx_store::sms::{self, Message, Progress, callbacks};
use vdx_store::{Tx, organisations};

use crate::{Error, Sms, gateway, journey};

/// What was made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It was taken in.
    TakenIn,
    /// There is no such message with this gateway, or the proof is wrong.
    Unknown,
    /// It is no report of this gateway.
    Unreadable,
}

impl Sms {
    /// A gateway reports at the address of a message.
    ///
    /// # Errors
    /// [`Error::Store`]; the gateway may report again.
    pub async fn report(
        &self,
        gateway: &str,
        id: SmsId,
        proof: &str,
        body: &[u8],
    ) -> Result<Reported, Error> {
        if !self.is_proof(gateway, id, proof) {
            return Ok(Reported::Unknown);
        }
        let Some(report) = gateway::read_report(gateway, body) else {
            tracing::warn!(gateway, "a gateway's report could not be read");
            return Ok(Reported::Unreadable);
        };
        let mut tx = self.db().begin().await?;
        let message = sms::find_and_hold(&mut tx, self.sealer(), id).await?;
        let Some(message) = message.filter(|message| message.progress.gateway == gateway) else {
            return Ok(Reported::Unknown);
        };
        let mut progress = message.progress.clone();
        journey::reported(&mut progress, report, self.now());
        self.keep(tx, &message, &progress).await?;
        Ok(Reported::TakenIn)
    }

    /// Where a gateway reports on this message.
    pub(crate) fn report_url(&self, gateway: &str, id: SmsId) -> String {
        let proof = hex::encode(hmac::sign(&self.0.key, proven(gateway, id).as_bytes()));
        let hub = &self.settings().public_url;
        format!("{hub}/api/hub/v1/sms/reports/{gateway}/{id}?proof={proof}")
    }

    fn is_proof(&self, gateway: &str, id: SmsId, proof: &str) -> bool {
        hex::decode(proof).is_ok_and(|proof| {
            hmac::verify(&self.0.key, proven(gateway, id).as_bytes(), &proof).is_ok()
        })
    }

    /// Writes how far the message has come, and that the organisation is to be
    /// told when its status is another now; commits.
    pub(crate) async fn keep(
        &self,
        mut tx: Tx,
        message: &Message,
        progress: &Progress,
    ) -> Result<(), Error> {
        if *progress == message.progress {
            return Ok(());
        }
        let id = message.summary.id;
        let changed = progress.status != message.progress.status;
        sms::set_progress(&mut tx, id, progress).await?;
        if changed && self.is_told(&mut tx, message).await? {
            callbacks::put(&mut tx, id, progress.status, progress.status_at).await?;
        }
        tx.commit().await?;
        if changed {
            self.0.counters.reached(progress.status);
            self.0.bell.notify_one();
            if progress.status == SmsStatus::Failed {
                tracing::warn!(
                    message = %id,
                    failure = progress.failure.map(tracing::field::display),
                    code = progress.gateway_code.as_deref(),
                    "a text message failed"
                );
            }
        }
        Ok(())
    }

    async fn is_told(&self, tx: &mut Tx, message: &Message) -> Result<bool, Error> {
        let organisation = organisations::by_code(tx, &message.summary.organisation).await?;
        Ok(organisation.is_some_and(|organisation| organisation.sms_callback_url.is_some()))
    }
}

fn proven(gateway: &str, id: SmsId) -> String {
    format!("sms/report\0{gateway}\0{id}")
}
