//! Reading server-sent events (the HTML standard, section 9.2).

use std::time::Duration;

use serde_json::Value;

/// How long a test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerEvent {
    /// Its kind.
    pub name: String,
    /// Its data.
    pub data: Value,
    /// What to give back as the last event heard.
    pub id: String,
}

/// A stream of events being read.
#[derive(Debug)]
pub struct Events {
    reply: reqwest::Response,
    text: String,
}

impl Events {
    /// Reads the events of an answer.
    #[must_use]
    pub fn new(reply: reqwest::Response) -> Self {
        Self {
            reply,
            text: String::new(),
        }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<ServerEvent> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(event) = parse(&block) {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.reply.chunk())
                .await
                .expect("an event in time");
            let bytes = chunk.ok().flatten()?;
            self.text
                .push_str(std::str::from_utf8(&bytes).expect("UTF-8 in one piece"));
        }
    }

    /// The next event of this kind; others are passed over.
    pub async fn until(&mut self, name: &str) -> Value {
        self.until_such(name, |_| true).await
    }

    /// The next event of this kind for which `fits` holds.
    pub async fn until_such(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self
                .next()
                .await
                .unwrap_or_else(|| panic!("the stream ended before {name}"));
            if event.name == name && fits(&event.data) {
                return event.data;
            }
        }
    }
}

fn parse(block: &str) -> Option<ServerEvent> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim_start)
    };
    Some(ServerEvent {
        name: field("event:")?.to_owned(),
        data: serde_json::from_str(field("data:")?).expect("JSON in an event"),
        id: field("id:").unwrap_or_default().to_owned(),
    })
}
