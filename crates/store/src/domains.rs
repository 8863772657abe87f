//! Domains that belong to a node of the tree.

use jiff::Timestamp;

use crate::{Connection, Error, Tx};

/// Gives a domain to a node. `*.` at its beginning stands for everything below
/// it; its case does not matter. With `inherit` the nodes below use it too.
///
/// # Errors
/// [`Error::Duplicate`] when it belongs to a node already,
/// [`Error::Reference`] when there is no such node.
pub async fn add(
    tx: &mut Tx,
    domain: &str,
    group: i64,
    inherit: bool,
    now: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO groups_domains (domain, group_id, inherit, created_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(domain.to_lowercase())
    .bind(group)
    .bind(inherit)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// How many labels of a domain are looked at; real ones have three or four.
pub(crate) const PATTERNS: usize = 8;

/// What may stand in the table for the domain of an address, the closest first:
/// the domain itself, then `*.` and what is left of it without its first
/// labels. The last is repeated to fill up.
pub(crate) fn patterns(domain: &str) -> [String; PATTERNS] {
    let mut rest = domain;
    let mut last = domain.to_owned();
    let mut first = true;
    std::array::from_fn(|_| {
        if !std::mem::take(&mut first)
            && let Some((_, above)) = rest.split_once('.')
        {
            rest = above;
            last = format!("*.{above}");
        }
        last.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_pattern_comes_first() {
        let of = patterns("a.b.example");
        assert_eq!(of[..3], ["a.b.example", "*.b.example", "*.example"]);
        assert!(of[3..].iter().all(|pattern| pattern == "*.example"));
        assert!(patterns("local").iter().all(|pattern| pattern == "local"));
    }
}
