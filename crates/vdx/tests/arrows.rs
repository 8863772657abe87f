//! Arrows between the crates point down only (docs/architecture.md).

use std::process::Command;

use serde_json::Value;

/// The floors of the house, from the top. A crate may use those on lower
/// floors; neighbours do not know one another. The tools for tests stand
/// outside and are used by tests alone.
const FLOORS: [&[&str]; 7] = [
    &["vdx"],
    &["vdx-api"],
    &[
        "vdx-booking",
        "vdx-conference",
        "vdx-accounts",
        "vdx-notify",
        "vdx-web",
    ],
    &["vdx-bus"],
    &["vdx-store", "vdx-media", "vdx-turn"],
    &["vdx-mix"],
    &["vdx-domain"],
];
const FOR_TESTS: [&str; 3] = ["vdx-testkit", "vdx-bench", "vdx-fuzz"];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn arrows_point_down() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if FOR_TESTS.contains(&name) {
            continue;
        }
        let Some(from) = floor(name) else {
            panic!("{name} stands on no floor: name its floor here and in docs/architecture.md");
        };
        seen += 1;
        for dependency in package["dependencies"].as_array().unwrap() {
            // Test code may use what it likes.
            if dependency["kind"] == "dev" {
                continue;
            }
            let to = dependency["name"].as_str().unwrap();
            assert!(
                !FOR_TESTS.contains(&to),
                "{name} uses {to}, which is for tests alone"
            );
            if to.starts_with("vdx") {
                let to_floor = floor(to).unwrap();
                assert!(to_floor > from, "{name} uses {to}: arrows point down only");
            }
            assert!(
                to != "str0m" || name == "vdx-media",
                "{name} uses str0m: only vdx-media touches it"
            );
            assert!(
                to != "opus" || name == "vdx-mix",
                "{name} uses opus: only vdx-mix touches it"
            );
            assert!(
                to != "sqlx" || name == "vdx-store",
                "{name} uses sqlx: all SQL is in vdx-store"
            );
        }
    }
    assert_eq!(seen, FLOORS.iter().map(|floor| floor.len()).sum::<usize>());
}
