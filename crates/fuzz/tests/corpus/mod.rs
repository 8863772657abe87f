//! What fuzzing found worth keeping.

use std::path::Path;

/// The inputs of a target, in the order of their names.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let files = std::fs::read_dir(&folder).map(|files| {
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths
    });
    let paths = files.unwrap_or_default();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}
